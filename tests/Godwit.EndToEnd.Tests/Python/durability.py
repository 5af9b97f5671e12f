"""Writes and notes what was acknowledged, or checks a server against such notes. Usage: durability.py URI SEED LEDGER write|check

Every document has a version that only rises. Noted before a write: that it was tried; after its acknowledgement: that it counts. Pairs are
written in transactions, so both halves must have one version. Counters go up by one: as often as was acknowledged at least, and never more
often than was tried. Through a router everything lies on several shards.
"""
import random
import sys

from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

uri, seed, ledger, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
KEYS = 200
client = MongoClient(uri, serverSelectionTimeoutMS=20000, retryWrites=False, socketTimeoutMS=20000)
single = client['durable'].get_collection('single', write_concern=WriteConcern('majority'))
pairs = client['durable'].get_collection('pairs')
counters = client['durable'].get_collection('counters', write_concern=WriteConcern('majority'))


def spread():
    """Over the shards, where there are some."""
    if client.admin.command('hello').get('msg') == 'isdbgrid':
        for name in ('single', 'pairs', 'counters'):
            client.admin.command({'shardCollection': f'durable.{name}', 'key': {'_id': 'hashed'}})


def notes():
    tried, acked = {}, {}
    try:
        for line in open(ledger):
            kind, name, version = line.split()
            (tried if kind == 'try' else acked)[name] = int(version)
    except FileNotFoundError:
        pass
    return tried, acked


def write():
    rng = random.Random(seed)
    tried, acked = notes()
    version = max([0, *tried.values()])
    notebook = open(ledger, 'a')
    counted = {name: number for name, number in tried.items() if name.startswith('counter')}
    got = {name: number for name, number in acked.items() if name.startswith('counter')}
    count = 0

    def note(kind, name, number):
        notebook.write(f'{kind} {name} {number}\n')
        notebook.flush()

    try:
        spread()
    except PyMongoError as error:
        print('the server is gone:', type(error).__name__, flush=True)
        return
    while True:
        version += 1
        key = rng.randrange(KEYS)
        try:
            kind = rng.random()
            if kind < 0.2:
                name = f'counter{key}'
                counted[name] = counted.get(name, 0) + 1
                note('try', name, counted[name])
                counters.update_one({'_id': key}, {'$inc': {'n': 1}}, upsert=True)
                got[name] = got.get(name, 0) + 1
                note('ack', name, got[name])
            elif kind < 0.5:
                note('try', f'pair{key}', version)
                with client.start_session() as session, session.start_transaction(write_concern=WriteConcern('majority')):
                    for half in 'ab':
                        pairs.update_one({'_id': f'{key}{half}'}, {'$set': {'version': version, 'filler': 'x' * rng.randrange(3000)}}, upsert=True, session=session)
                note('ack', f'pair{key}', version)
            else:
                note('try', f'single{key}', version)
                single.replace_one({'_id': key}, {'version': version, 'filler': 'y' * rng.randrange(20000)}, upsert=True)
                note('ack', f'single{key}', version)
        except PyMongoError as error:
            print('the server is gone:', type(error).__name__, flush=True)
            return
        count += 1
        print('acked', count, flush=True)


def check():
    tried, acked = notes()
    bad = []
    everything = {}
    for collection in (single, pairs, counters):
        documents = list(collection.find())
        everything[collection.name] = {d['_id']: d for d in documents}
        if len(documents) != len(everything[collection.name]):
            bad.append(f'{collection.name} has {len(documents)} documents, of {len(everything[collection.name])} keys')
    found = {f'single{key}': d['version'] for key, d in everything['single'].items()}
    found |= {f'counter{key}': d['n'] for key, d in everything['counters'].items()}
    halves = {key: d['version'] for key, d in everything['pairs'].items()}
    for key in {name[:-1] for name in halves}:
        if halves.get(key + 'a') != halves.get(key + 'b'):
            bad.append(f'pair {key} is torn: {halves.get(key + "a")} and {halves.get(key + "b")}')
        found[f'pair{key}'] = halves.get(key + 'a')
    for name, version in acked.items():
        if found.get(name, 0) < version:
            bad.append(f'{name} was acknowledged at version {version}, found is {found.get(name)}')
    for name, version in found.items():
        if version > tried.get(name, 0):
            bad.append(f'{name} has version {version}, which nobody wrote')
    print('\n'.join(bad) or f'all of {len(acked)} acknowledged are there', flush=True)
    sys.exit(1 if bad else 0)


write() if mode == 'write' else check()
