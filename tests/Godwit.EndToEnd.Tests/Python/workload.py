"""Writes to a cluster until its standard input ends, then prints how much. Usage: workload.py URI SEED PROFILE

Profiles: mixed, hot, unique, ddl, dump, sharded, shapes. sharded is mixed on collections that are sharded where URI leads to routers, while
chunks are moved, and one more whose shard key changes; shapes is that and ddl together. What a busy application meets (a server that fails over, another writer, a document of
another shape than expected) is taken as it comes; any other error ends the program.
"""
import datetime
import random
import sys
import threading
import time

from bson import Binary, Code, DBRef, Decimal128, Int64, MaxKey, MinKey, ObjectId, Regex, Timestamp
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.son import SON
from pymongo import DeleteOne, InsertOne, MongoClient, ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, OperationFailure, PyMongoError

# What the data or the catalogue of the moment may answer: a value of another type in the way, a duplicate, a collection or an
# index that is gone or there already, another writer.
EXPECTED = {
    2,        # BadValue: $push to what is no array, $rename through an array
    14,       # TypeMismatch
    20,       # IllegalOperation: a collection renamed to itself, or capped where it must not be
    26, 27, 48, 85, 86,   # a namespace or index that is not there, or is
    28,       # PathNotViable
    40,       # ConflictingUpdateOperators
    46, 112, 117, 246, 251,   # lock timeout, write conflict, conflicting operation, snapshot unavailable, no such transaction
    90,       # BackgroundOperationInProgressForNamespace
    125,      # a collection renamed into a database of another shard
    175, 237, 43,   # a plan or cursor killed by a drop or a rename
    276,      # IndexBuildAborted
    10003, 10334, 17419, 17420,   # a document that outgrew its bound
    11000,    # DuplicateKey
    11601,    # Interrupted
    31025,    # a changed shard key without the whole old one in the filter
    61, 66,   # no shard key in a filter that needs one, or an array in one; a field that cannot be changed
    17152,    # $out onto a collection that was made capped
}
KEYED = ('sharded', 'shapes')
FAILOVER = {91, 189, 10107, 11600, 11602, 13435, 13436}

uri, seed, profile = sys.argv[1], int(sys.argv[2]), sys.argv[3]
rng = random.Random(seed)
client = MongoClient(uri, serverSelectionTimeoutMS=30000, socketTimeoutMS=20000, w='majority', retryWrites=True)
db = client['work']
UTC = datetime.timezone.utc
stop = threading.Event()
operations = 0
ids = []
first_id = 10_000


def say(text):
    """One line at once: two threads say something, and what print writes apart, text and end of line, would mix."""
    sys.stdout.write(text + '\n')
    sys.stdout.flush()


def read_input():
    sys.stdin.read()
    stop.set()


def text():
    return ''.join(rng.choice('abcdefghijklmnopqrstuvwxyzäé ') for _ in range(rng.randint(0, 120)))


def value(depth=0):
    kinds = [
        lambda: rng.randint(-10, 10), lambda: Int64(rng.randint(-2**60, 2**60)), lambda: rng.random() * 100, text, lambda: None,
        lambda: True, lambda: Decimal128(str(rng.randint(0, 999)) + '.' + str(rng.randint(0, 99))), lambda: ObjectId(), lambda: float('nan'),
        lambda: Timestamp(rng.randint(1, 2**31), rng.randint(1, 100)), lambda: MinKey(), lambda: MaxKey(), lambda: Binary(rng.randbytes(rng.randint(0, 40))),
        lambda: Binary(rng.randbytes(16), 4), lambda: Regex('^' + rng.choice('abc'), 'im'), lambda: Code('f()'), lambda: Code('f(x)', {'x': 1}),
        lambda: DBRef('one', rng.randint(0, 9)), lambda: datetime.datetime.fromtimestamp(rng.randint(0, 2**31), UTC), lambda: Decimal128('NaN'), lambda: -0.0,
    ]
    if depth < 3:
        kinds += [lambda: [value(depth + 1) for _ in range(rng.randint(0, 5))], lambda: document(depth + 1)] * 2
    return rng.choice(kinds)()


def document(depth=0):
    names = [rng.choice('abcdefgh') + rng.choice(['', '1', 'x']) for _ in range(rng.randint(0, 6))]
    return SON((name, value(depth)) for name in dict.fromkeys(names))


def key():
    """Every type an _id may have, in one collection; the same number in several types is one key."""
    n = rng.randint(0, 4000)
    greatest = MinKey() if profile in KEYED else MaxKey()     # as a shard key, MaxKey lies in no chunk
    return rng.choice([
        n, n, Int64(n), float(n), Decimal128(str(n)), n + 0.5, -n, f'k{n}', f'k{n}', SON([('a', n)]), SON([('a', float(n)), ('b', None)]),
        Binary(n.to_bytes(3, 'big')), ObjectId(n.to_bytes(12, 'big')), Timestamp(n, 1), datetime.datetime.fromtimestamp(n * 1000, UTC),
        rng.choice([MinKey(), greatest, float('nan'), Decimal128('NaN'), float('inf'), -0.0, None, True, False, '', Binary(b''), SON()]),
    ])


def path():
    return '.'.join(rng.choice('abcdefgh') for _ in range(rng.choice([1, 1, 2])))


def update():
    kind = rng.randint(0, 14)
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
    if kind == 9:
        return {'$addToSet': {'set': {'$each': [rng.randint(0, 30) for _ in range(4)]}}, '$pull': {'list': {'$type': 'number'}}}
    if kind == 10:
        return {'$set': {'list.$[one].v': rng.randint(0, 9)}, '$mul': {'count': 2}, '$bit': {'bits': {'xor': rng.randint(0, 255)}}}
    if kind == 11:
        return {'$push': {'sorted': {'$each': [SON([('k', rng.randint(0, 50)), ('v', text())])], '$sort': {'k': rng.choice([1, -1])}, '$slice': rng.choice([-15, 15])}}}
    if kind == 12:
        return {'$min': {'low': rng.randint(-99, 99)}, '$max': {'high': rng.randint(-99, 99)}, '$unset': {f'list.{rng.randint(0, 4)}': 1}}
    if kind == 13:
        return [{'$set': {'list': {'$concatArrays': [{'$cond': [{'$isArray': '$list'}, {'$slice': ['$list', 4]}, []]}, [rng.randint(0, 9)]]}, 'deep.er.still': {'$literal': value(2)}}}]
    return {'$set': {'a': value(1), 'b': value(1)}, '$unset': {'c': 1}}


def change(collection, change, upsert, session):
    filters = [{'one.v': {'$exists': True}}] if 'list.$[one].v' in dict(change if isinstance(change, dict) else {}).get('$set', {}) else None
    collection.update_one({'_id': key()}, change, upsert=upsert, array_filters=filters, session=session)


def insert_odd_names(collection, session):
    """By the command itself: this version of pymongo sends no names with dots and dollars otherwise."""
    names = ['a.y', '$set', '0', ' ', '', 'b$z', '1.2', '$[]']
    inner = SON((name, rng.randint(0, 9)) for name in rng.sample(names, 3))
    odd = SON([('_id', key()), *((name, value(2)) for name in rng.sample(names, 3)), ('inner', inner), ('list', [inner])])
    command = SON([('insert', collection.name), ('documents', [odd])])
    if not session:
        command['writeConcern'] = {'w': 'majority'}
    collection.database.command(command, session=session)


def one(collection, session=None):
    kind = rng.randint(0, 99)
    if kind < 25:
        collection.insert_one(SON([('_id', key()), *document().items()]), session=session)
    elif kind < 28:
        insert_odd_names(collection, session)
    elif kind < 75:
        change(collection, update(), rng.random() < 0.2, session)
    elif kind < 83:
        collection.replace_one({'_id': key()}, document(), upsert=rng.random() < 0.5, session=session)
    elif kind < 92:
        collection.delete_one({'_id': key()}, session=session)
    elif kind < 97:
        bulk = [rng.choice([InsertOne(SON([('_id', ObjectId()), *document().items()])), UpdateOne({'_id': key()}, {'$set': {path(): value(1)}}), ReplaceOne({'_id': key()}, document()), DeleteOne({'_id': key()})]) for _ in range(8)]
        collection.bulk_write(bulk, ordered=False, session=session)
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


def fresh():
    """An _id that no document had before: where the shard key is not _id, nothing else keeps it from being twice."""
    n = first_id + len(ids)
    ids.append(rng.choice([n, Int64(n), float(n), f'k{n}', SON([('a', n)]), ObjectId(n.to_bytes(12, 'big')), Binary(n.to_bytes(3, 'big'))]))
    return ids[-1]


def place():
    return rng.choice([rng.randint(0, 9), rng.randint(0, 9), None, text(), float(rng.randint(0, 9)), SON([('z', 1)])])


def keyed(session=None):
    """On a collection whose shard key changes: by the whole old key where it must be, by _id alone elsewhere."""
    one_id = rng.choice(ids) if ids else None
    kind = rng.randint(0, 9)
    if kind < 3 or one_id is None:
        return db.keyed.insert_one(SON([('_id', fresh()), ('k', place()), *document().items()]), session=session)
    if kind < 6:
        return db.keyed.update_one({'_id': one_id}, {'$set': {path(): value(1), 'n': rng.randint(0, 30)}}, session=session)
    found = db.keyed.find_one({'_id': one_id}, {'k': 1}, session=session)
    if found is None:
        return None
    whole = {'_id': one_id, 'k': {'$eq': found.get('k')}}
    if kind < 8:
        return db.keyed.update_one(whole, {'$set': {'k': place(), 'moved': rng.random()}}, session=session)
    if kind < 9:
        return db.keyed.replace_one(whole, SON([('k', place()), *document().items()]), session=session)
    return db.keyed.delete_one(whole, session=session)


def sharded():
    """Mixed, and on a collection whose shard key changes."""
    if rng.random() < 0.6:
        mixed()
    elif rng.random() < 0.1:
        with client.start_session() as session, session.start_transaction():
            for _ in range(rng.randint(1, 4)):
                keyed(session)
    else:
        keyed()


def shapes():
    ddl() if rng.random() < 0.1 else sharded()


def is_routed():
    return client.admin.command('hello').get('msg') == 'isdbgrid'


def shard():
    """`keyed` by a field and _id, `one` by _id, `two` by its hash; `three` stays whole."""
    client.admin.command(SON([('shardCollection', 'work.keyed'), ('key', SON([('k', 1), ('_id', 1)]))]))
    client.admin.command(SON([('shardCollection', 'work.one'), ('key', {'_id': 1})]))
    client.admin.command(SON([('shardCollection', 'work.two'), ('key', {'_id': 'hashed'})]))
    for name, middle in (('keyed', {'k': 3, '_id': MinKey()}), ('keyed', {'k': 7, '_id': 0}), ('keyed', {'k': 'f', '_id': 0}), ('one', {'_id': 1000}), ('one', {'_id': 'k2'})):
        client.admin.command(SON([('split', f'work.{name}'), ('middle', SON(middle))]))


def move_chunks():
    """Moves one chunk after the other, of a collection and to a shard chosen by chance."""
    mine = random.Random(seed + 1)
    config = client.get_database('config', codec_options=CodecOptions(document_class=SON, uuid_representation=UuidRepresentation.STANDARD))
    names = [entry['_id'] for entry in config.shards.find()]
    moves = 0
    while not stop.wait(0.3):
        name = mine.choice(['work.keyed', 'work.one', 'work.two'])
        try:
            chunks = list(config.chunks.find({'uuid': config.collections.find_one({'_id': name})['uuid']}))
            chunk = mine.choice(chunks)
            target = mine.choice([other for other in names if other != chunk['shard']])
            client.admin.command(SON([('moveChunk', name), ('bounds', [chunk['min'], chunk['max']]), ('to', target), ('_waitForDelete', True)]))
            moves += 1
            say(f'moved {moves}')
        except PyMongoError as failure:
            say(f'not moved: {failure}')


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
        db.command('create', name)
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
        found = next(client.transport.flights.find().skip(rng.randint(0, 3000)).limit(1), None)
        if found:
            client.transport.flights.update_one({'_id': found['_id']}, {'$push': {'log': rng.random()}, '$set': {'touched': text()}})
    elif kind == 6:
        client.nature.weather_log.insert_one({'note': text(), 'n': rng.random()})
    elif kind == 7:
        client.media.movies.insert_one(SON([('_id', Int64(rng.randint(10**9, 10**12))), ('Title', text())]))
    elif kind == 8:
        found = next(client.media.movies.find().skip(rng.randint(0, 1000)).limit(1), None)
        if found:
            client.media.movies.delete_one({'_id': found['_id']})
    else:
        mixed()


def is_transient(failure):
    return any(failure.has_error_label(label) for label in ('TransientTransactionError', 'UnknownTransactionCommitResult', 'RetryableWriteError'))


def setup():
    global first_id
    if profile == 'unique' and 'unique' not in db.list_collection_names():
        db.unique.create_index('name', unique=True)
    if profile in KEYED and is_routed():
        if 'keyed' in db.list_collection_names():    # what a migration has brought is sharded as it brought it, and has ids already
            first_id = 100_000
        else:
            shard()
        threading.Thread(target=move_chunks).start()
    if profile in ('mixed', 'dump', *KEYED):
        for name in ('one', 'two', 'three'):
            db[name].create_index('n')


def main():
    global operations
    threading.Thread(target=read_input, daemon=True).start()
    setup()
    say('writing')
    action = {'mixed': mixed, 'hot': hot, 'unique': unique, 'ddl': ddl, 'dump': dump, 'sharded': sharded, 'shapes': shapes}[profile]
    while not stop.is_set():
        try:
            action()
            operations += 1
            if operations % 50 == 0:
                say(f'{operations} done')
        except AutoReconnect:
            time.sleep(0.05)
        except BulkWriteError as failure:
            unexpected = [e for e in failure.details['writeErrors'] if e['code'] not in EXPECTED]
            if unexpected or any(e['code'] not in FAILOVER for e in failure.details['writeConcernErrors']):
                raise
        except OperationFailure as failure:
            if failure.code not in EXPECTED | FAILOVER and not is_transient(failure):
                raise
        except PyMongoError as failure:
            if not is_transient(failure):
                raise
    say(f'{operations} operations')


main()
