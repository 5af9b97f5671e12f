"""Restores a dump in mongodump's directory format with pymongo, documents as raw bytes. Usage: restore.py URI FOLDER

Reads everything back and exits with 1 unless the cluster holds exactly what the files hold.
"""
import itertools
import os
import struct
import sys

from bson import json_util
from bson.codec_options import CodecOptions
from bson.json_util import JSONOptions
from bson.raw_bson import RawBSONDocument
from bson.son import SON
from pymongo import MongoClient

OPTIONS = JSONOptions(document_class=SON, tz_aware=False)
RAW = CodecOptions(document_class=RawBSONDocument)


def read(path):
    with open(path, 'rb') as file:
        while True:
            head = file.read(4)
            if not head:
                return
            yield RawBSONDocument(head + file.read(struct.unpack('<i', head)[0] - 4))


def restore(client, database, name, folder):
    with open(os.path.join(folder, database, name + '.metadata.json')) as file:
        metadata = json_util.loads(file.read(), json_options=OPTIONS)
    client[database].command(SON([('create', name), *metadata.get('options', {}).items()]))
    collection = client.get_database(database, codec_options=RAW)[name]
    batch, count = [], 0
    for document in read(os.path.join(folder, database, name + '.bson')):
        batch.append(document)
        if len(batch) == 5000:
            collection.insert_many(batch, ordered=True, bypass_document_validation=True)
            count, batch = count + len(batch), []
    if batch:
        collection.insert_many(batch, ordered=True, bypass_document_validation=True)
    indexes = [i for i in metadata.get('indexes', []) if i['name'] != '_id_']
    for index in indexes:
        index.pop('ns', None)
    if indexes:
        client[database].command(SON([('createIndexes', name), ('indexes', indexes)]))
    check(client, database, name, folder, {'_id_', *(i['name'] for i in indexes)})
    return count + len(batch)


def check(client, database, name, folder, indexes):
    collection = client.get_database(database, codec_options=RAW)[name]
    written = read(os.path.join(folder, database, name + '.bson'))
    for number, (wanted, found) in enumerate(itertools.zip_longest(written, collection.find({}, batch_size=10000))):
        if wanted is None or found is None or wanted.raw != found.raw:
            sys.exit(f'{database}.{name}: document {number} of the file is not what the cluster holds')
    if set(collection.index_information()) != indexes:
        sys.exit(f'{database}.{name}: {sorted(collection.index_information())} instead of {sorted(indexes)}')


def main():
    client, folder = MongoClient(sys.argv[1], serverSelectionTimeoutMS=20000, w='majority'), sys.argv[2]
    total = 0
    for database in sorted(os.listdir(folder)):
        for file in sorted(os.listdir(os.path.join(folder, database))):
            if file.endswith('.metadata.json'):
                total += restore(client, database, file[:-len('.metadata.json')], folder)
    if total == 0:
        sys.exit(f'there is no document in {folder}')
    print(f'restored {total} documents')


main()
