"""Writes to a cluster until its standard input ends, then prints how much. Usage: workload.py URI SEED PROFILE

Profiles: mixed, hot, unique, ddl, dump. Every error that a busy application meets while servers fail over is waited out.
"""
import random
import sys
import threading
import time

from bson import Decimal128, Int64, MaxKey, MinKey, ObjectId, Timestamp
from bson.son import SON
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.errors import AutoReconnect, DuplicateKeyError, OperationFailure, PyMongoError

uri, seed, profile = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rng = random.Random(seed)
client = MongoClient(uri, serverSelectionTimeoutMS=30000, w='majority', retryWrites=True)
db = client['work']
stop = threading.Event()
operations = 0


def read_input():
    sys.stdin.read()
    stop.set()


def text():
    return ''.join(rng.choice('abcdefghijklmnopqrstuvwxyzäé ') for _ in range(rng.randint(0, 120)))


def value(depth=0):
    kinds = [
        lambda: rng.randint(-10, 10), lambda: Int64(rng.randint(-2**60, 2**60)), lambda: rng.random() * 100, text, lambda: None,
        lambda: True, lambda: Decimal128(str(rng.randint(0, 999)) + '.' + str(rng.randint(0, 99))), lambda: ObjectId(), lambda: float('nan'),
        lambda: Timestamp(rng.randint(1, 2**31), rng.randint(1, 100)), lambda: MinKey(), lambda: MaxKey(),
    ]
    if depth < 3:
        kinds += [lambda: [value(depth + 1) for _ in range(rng.randint(0, 5))], lambda: document(depth + 1)] * 2
    return rng.choice(kinds)()


def document(depth=0):
    names = [rng.choice('abcdefgh') + rng.choice(['', '1', 'x']) for _ in range(rng.randint(0, 6))]
    return SON((name, value(depth)) for name in dict.fromkeys(names))


def key():
    n = rng.randint(0, 4000)
    return rng.choice([n, Int64(n), f'k{n}', SON([('a', n)]), n + 0.5])


def path():
    return '.'.join(rng.choice('abcdefgh') for _ in range(rng.choice([1, 1, 2])))


def update():
    kind = rng.randint(0, 9)
    if kind == 0:
        return {'$set': {path(): value(1)}}
    if kind == 1:
        return {'$unset': {path(): 1}}
    if kind == 2:
        return {'$rename': {rng.choice('abcd'): rng.choice('efgh')}}
    if kind == 3:
        return {'$push': {'list': {'$each': [value(2) for _ in range(rng.randint(1, 3))], '$slice': -20, '$position': rng.randint(0, 3)}}}
    if kind == 4:
        return {'$pop': {'list': rng.choice([-1, 1])}}
    if kind == 5:
        return {'$set': {f'list.{rng.randint(0, 5)}': value(2)}}
    if kind == 6:
        return [{'$set': {'n': {'$add': [{'$ifNull': ['$n', 0]}, 1]}}}, {'$unset': [rng.choice('abcdefgh')]}]
    if kind == 7:
        return [{'$replaceWith': {'$mergeObjects': [{'first': rng.randint(0, 9)}, '$$ROOT', {'last': {'$literal': text()}}]}}]
    if kind == 8:
        return {'$inc': {'count': 1}, '$set': {'z.y.x': rng.randint(0, 9)}, '$currentDate': {'when': True}}
    return {'$set': {'a': value(1), 'b': value(1)}, '$unset': {'c': 1}}


def one(collection, session=None):
    kind = rng.randint(0, 99)
    if kind < 25:
        collection.insert_one(SON([('_id', key()), *document().items()]), session=session)
    elif kind < 75:
        collection.update_one({'_id': key()}, update(), upsert=rng.random() < 0.2, session=session)
    elif kind < 83:
        collection.replace_one({'_id': key()}, document(), upsert=rng.random() < 0.5, session=session)
    elif kind < 92:
        collection.delete_one({'_id': key()}, session=session)
    elif kind < 97:
        collection.bulk_write([rng.choice([InsertOne(SON([('_id', ObjectId()), *document().items()])), UpdateOne({'_id': key()}, update())]) for _ in range(8)], ordered=False, session=session)
    else:
        collection.update_many({'n': {'$gte': rng.randint(0, 20)}}, {'$set': {'many': rng.randint(0, 9)}}, session=session)


def mixed():
    collection = db[rng.choice(['one', 'two', 'three'])]
    if rng.random() < 0.08:
        with client.start_session() as session, session.start_transaction():
            for _ in range(rng.randint(1, 6)):
                one(db[rng.choice(['one', 'two', 'three'])], session)
    else:
        one(collection)


def hot():
    db.hot.update_one({'_id': rng.randint(0, 4)}, rng.choice([
        {'$push': {'list': {'$each': [rng.randint(0, 999)], '$slice': -200}}}, {'$set': {f'list.{rng.randint(0, 150)}': {'v': rng.randint(0, 9)}}},
        {'$rename': {rng.choice('abcd'): rng.choice('efgh')}}, {'$rename': {rng.choice('efgh'): rng.choice('abcd')}}, {'$set': {rng.choice('abcdefgh'): value(1)}},
        {'$unset': {rng.choice('abcdefgh'): 1}}, {'$set': {f'map.{rng.choice("abc")}.{rng.randint(0, 9)}': value(2)}}, {'$unset': {'map': 1}},
        [{'$replaceWith': {'$arrayToObject': {'$reverseArray': {'$objectToArray': '$$ROOT'}}}}],
    ]), upsert=True)


def unique():
    a, b = rng.sample(range(300), 2)
    collection = db.unique
    kind = rng.randint(0, 3)
    if kind == 0:      # a value moves from one document to another
        with client.start_session() as session, session.start_transaction():
            left, right = collection.find_one({'_id': a}, session=session), collection.find_one({'_id': b}, session=session)
            if left and right:
                collection.update_one({'_id': a}, {'$set': {'name': f'free{a}-{rng.random()}'}}, session=session)
                collection.update_one({'_id': b}, {'$set': {'name': left['name']}}, session=session)
                collection.update_one({'_id': a}, {'$set': {'name': right['name']}}, session=session)
    elif kind == 1:
        collection.update_one({'_id': a}, {'$set': {'name': f'n{rng.randint(0, 400)}'}}, upsert=True)
    elif kind == 2:
        collection.delete_one({'_id': a})
    else:
        collection.insert_one({'_id': a, 'name': f'n{rng.randint(0, 400)}'})


def ddl():
    name, other = (f'd{rng.randint(0, 5)}' for _ in range(2))
    kind = rng.randint(0, 19)
    if kind == 0:
        db.create_collection(name)
    elif kind == 1:
        db[name].drop()
    elif kind == 2 and name != other:
        db[name].rename(other, dropTarget=rng.random() < 0.5)
    elif kind == 3:
        client.admin.command(SON([('renameCollection', f'work.{name}'), ('to', f'work2.{other}'), ('dropTarget', True)]))
    elif kind == 4:
        db[name].create_index([(rng.choice('abc'), rng.choice([1, -1]))])
    elif kind == 5:
        db[name].drop_index([(rng.choice('abc'), 1)])
    elif kind == 6:
        db.command(SON([('collMod', name), ('validator', {'a': {'$ne': rng.randint(0, 9)}}), ('validationLevel', 'off')]))
    elif kind == 7:
        db[name].aggregate([{'$match': {}}, {'$out': other}])
    elif kind == 8 and rng.random() < 0.2:
        client.drop_database('work2')
    elif kind == 9 and rng.random() < 0.2:
        db.command(SON([('convertToCapped', name), ('size', 100000)]))
    else:
        one(db[name])


def dump():
    """Busy on the restored dump's own collections."""
    kind = rng.randint(0, 9)
    if kind < 3:
        client.transport.flights.update_one({'_id': {'$gte': ObjectId()}}, {'$set': {'seen': rng.random()}})
        client.transport.airports.update_many({'iata': {'$gte': rng.choice('ABCDEFGHIJ')}}, {'$inc': {'visits': 1}})
    elif kind < 6:
        found = next(client.transport.flights.aggregate([{'$sample': {'size': 1}}]), None)
        if found:
            client.transport.flights.update_one({'_id': found['_id']}, {'$push': {'log': rng.random()}, '$set': {'touched': text()}})
    elif kind == 6:
        client.nature.weather_log.insert_one({'note': text(), 'n': rng.random()})
    elif kind == 7:
        client.media.movies.insert_one(SON([('_id', Int64(rng.randint(10**9, 10**12))), ('Title', text())]))
    elif kind == 8:
        found = next(client.media.movies.aggregate([{'$sample': {'size': 1}}]), None)
        if found:
            client.media.movies.delete_one({'_id': found['_id']})
    else:
        mixed()


def setup():
    if profile == 'unique' and 'unique' not in db.list_collection_names():
        db.unique.create_index('name', unique=True)
    if profile in ('mixed', 'dump'):
        for name in ('one', 'two', 'three'):
            db[name].create_index('n')


def main():
    global operations
    threading.Thread(target=read_input, daemon=True).start()
    setup()
    print('writing', flush=True)
    action = {'mixed': mixed, 'hot': hot, 'unique': unique, 'ddl': ddl, 'dump': dump}[profile]
    while not stop.is_set():
        try:
            action()
            operations += 1
            if operations % 50 == 0:
                print(f'{operations} done', flush=True)
        except DuplicateKeyError:
            pass
        except AutoReconnect:
            time.sleep(0.05)
        except OperationFailure as failure:
            # What a write may answer when it meets another one, a stepdown, a missing field or a dropped collection.
            if failure.code in (8000, 13):
                raise
        except PyMongoError as failure:
            if 'transaction' not in str(failure).lower() and 'server' not in str(failure).lower():
                raise
    print(f'{operations} operations', flush=True)


main()
