"""Compares two clusters with pymongo: options, indexes, and documents byte for byte. Usage: compare.py SOURCE DESTINATION

Prints one line for each difference, then `identical: N collections, M documents`, or exits with 1.
"""
import sys

from bson import encode
from bson.raw_bson import RawBSONDocument
from bson.codec_options import CodecOptions
from bson.son import SON
from pymongo import MongoClient

OWN = {'admin', 'local', 'config', 'godwit_reserved'}
RAW = CodecOptions(document_class=RawBSONDocument)
ORDERED = CodecOptions(document_class=SON)
SHOWN = 20


def connect(uri):
    return MongoClient(uri, serverSelectionTimeoutMS=20000)


def collections(client):
    found = {}
    for name in client.list_database_names():
        if name in OWN:
            continue
        database = client.get_database(name, codec_options=ORDERED)
        for entry in database.command('listCollections', cursor={'batchSize': 100000})['cursor']['firstBatch']:
            if entry['name'].startswith('system.'):
                continue
            found[f"{name}.{entry['name']}"] = {'type': entry['type'], 'options': entry['options'], 'idIndex': entry.get('idIndex')}
    return found


def indexes(client, namespace):
    """Each index by name: its fields as raw values. Only the key has an order; a collMod appends what a creation puts first."""
    database, name = namespace.split('.', 1)
    reply = client.get_database(database, codec_options=ORDERED).command('listIndexes', name, cursor={'batchSize': 10000})
    return {i['name']: {field: encode({field: value}) for field, value in i.items()} for i in reply['cursor']['firstBatch']}


def needed(client, namespace):
    """The shard key of a collection that is sharded: an index on it may stand on the destination alone."""
    if client.admin.command('hello').get('msg') != 'isdbgrid':
        return None
    entry = client.get_database('config', codec_options=ORDERED)['collections'].find_one({'_id': namespace})
    return entry and encode({'key': entry['key']})


def same_indexes(source, destination, namespace):
    left, right = indexes(source, namespace), indexes(destination, namespace)
    key = needed(destination, namespace) if left != right else None
    return left == {name: index for name, index in right.items() if name in left or index['key'] != key}


def documents(client, namespace, by_id):
    database, name = namespace.split('.', 1)
    cursor = client.get_database(database, codec_options=RAW)[name].find({}, batch_size=10000)
    return cursor.sort('_id', 1).hint('_id_') if by_id else cursor


def same_documents(source, destination, namespace, options, report):
    by_id = not (options.get('capped') or 'clusteredIndex' in options)     # else in the collection's own order
    left, right = documents(source, namespace, by_id), documents(destination, namespace, by_id)
    count = 0
    while True:
        a, b = next(left, None), next(right, None)
        if a is None and b is None:
            return count
        count += 1
        if a is None or b is None or a.raw != b.raw:
            report(f'{namespace}: {a.raw if a is not None else None} on the source, {b.raw if b is not None else None} on the destination'[:900])
            return count


def main():
    source, destination = connect(sys.argv[1]), connect(sys.argv[2])
    differences = []
    report = differences.append
    left, right = collections(source), collections(destination)
    for namespace in sorted(left.keys() ^ right.keys()):
        report(f"{namespace}: only on the {'source' if namespace in left else 'destination'}")
    total = 0
    for namespace in sorted(left.keys() & right.keys()):
        a, b = left[namespace], right[namespace]
        if encode(a) != encode(b):
            report(f'{namespace}: {a} on the source, {b} on the destination')
        if a['type'] == 'view':
            continue
        if not same_indexes(source, destination, namespace):
            report(f'{namespace}: indexes {source.get_database(namespace.split(".", 1)[0])[namespace.split(".", 1)[1]].index_information()} on the source, '
                   f'{destination.get_database(namespace.split(".", 1)[0])[namespace.split(".", 1)[1]].index_information()} on the destination')
        total += same_documents(source, destination, namespace, a['options'], report)
    for line in differences[:SHOWN]:
        print(line)
    if differences:
        print(f'{len(differences)} differences')
        sys.exit(1)
    print(f'identical: {len(left)} collections, {total} documents')


main()
