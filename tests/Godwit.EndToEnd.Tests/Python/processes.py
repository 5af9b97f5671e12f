"""Writes to a sharded cluster and follows its change stream while processes of it die. Usage: processes.py URI SHARD...

Joins the shards, shards a collection over them and inserts numbered documents until its input ends. Then every insert that was acknowledged
must be there, and the stream must tell every document that is there, once.
"""
import sys
import threading

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

uri, shards = sys.argv[1], sys.argv[2:]
client = MongoClient(uri, serverSelectionTimeoutMS=60000)
for shard in shards:
    client.admin.command('addShard', shard)
client.admin.command('shardCollection', 'processes.c', key={'_id': 'hashed'})
collection = client['processes'].get_collection('c', write_concern=WriteConcern('majority'))
stream = collection.watch()
stopping = threading.Event()
acked = []


def write():
    number = 0
    while not stopping.is_set():
        number += 1
        try:
            collection.insert_one({'_id': number})
            acked.append(number)
            print('acked', len(acked), flush=True)
        except PyMongoError as error:
            print('failed', number, type(error).__name__, flush=True)


writer = threading.Thread(target=write)
writer.start()
threading.Thread(target=lambda: (sys.stdin.read(), stopping.set()), daemon=True).start()

told = []
while not stopping.is_set():
    change = stream.try_next()
    if change is not None:
        told.append(change['documentKey']['_id'])
writer.join()
there = {document['_id'] for document in collection.find()}
while len(told) < len(there):
    change = stream.try_next()
    if change is not None:
        told.append(change['documentKey']['_id'])
bad = []
if lost := set(acked) - there:
    bad.append(f'acknowledged and lost: {sorted(lost)}')
if sorted(told) != sorted(there):
    bad.append(f'told twice: {len(told) - len(set(told))}, never: {sorted(there - set(told))}, in vain: {sorted(set(told) - there)}')
print('\n'.join(bad) or f'all of {len(acked)} acknowledged are there, and the stream told {len(told)}', flush=True)
sys.exit(1 if bad else 0)
