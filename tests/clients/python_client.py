"""pymongo connects, writes, reads, aggregates, runs a transaction and watches. Usage: python_client.py URI"""
import sys
from datetime import datetime
from uuid import UUID

from bson import Decimal128, Int64, MaxKey, MinKey, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from pymongo import ASCENDING, MongoClient, ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

client = MongoClient(sys.argv[1], serverSelectionTimeoutMS=15000, uuidRepresentation='standard')
client.drop_database('python_client')
birds = client.python_client.birds

every = {
    '_id': 'every', 'double': 1.5, 'string': 'ü', 'object': {'a': {'b': []}}, 'array': [1, 'a', None], 'binary': Binary(b'\0\1', 5),
    'uuid': UUID('00112233-4455-6677-8899-aabbccddeeff'), 'true': True, 'date': datetime(2026, 11, 24), 'null': None,
    'regex': Regex('^a', 'i'), 'code': Code('return 1'), 'int': 1, 'timestamp': Timestamp(1, 2), 'long': Int64(2**40),
    'decimal': Decimal128('0.10'), 'min': MinKey(), 'max': MaxKey(),
}
birds.insert_many([{'_id': 1, 'name': 'godwit', 'km': 13560}, {'_id': 2, 'name': 'knot', 'km': 8000}, every])
assert birds.find_one({'_id': 'every'}) == every
birds.create_index([('name', ASCENDING)], unique=True)
try:
    birds.insert_one({'name': 'knot'})
    raise AssertionError('a duplicate was accepted')
except DuplicateKeyError:
    pass

with birds.watch(full_document='updateLookup', max_await_time_ms=5000) as stream:
    after = birds.find_one_and_update({'_id': 2}, {'$inc': {'km': 1}}, return_document=ReturnDocument.AFTER)
    assert after['km'] == 8001
    event = next(stream)
    assert event['operationType'] == 'update' and event['fullDocument']['km'] == 8001, event
    token = stream.resume_token
birds.delete_one({'_id': 'every'})
with birds.watch(resume_after=token) as stream:
    assert next(stream)['operationType'] == 'delete'

assert [d['name'] for d in birds.find({'km': {'$gt': 1}}, batch_size=1).sort('km', 1)] == ['knot', 'godwit']
assert list(birds.aggregate([{'$group': {'_id': None, 'km': {'$sum': '$km'}}}])) == [{'_id': None, 'km': 21561}]
birds.bulk_write([UpdateOne({'_id': i}, {'$set': {'n': i, 'name': f'bird {i}'}}, upsert=True) for i in range(50)])
assert birds.count_documents({}) == 50

with client.start_session() as session, session.start_transaction():
    birds.update_one({'_id': 1}, {'$set': {'name': 'bar-tailed godwit'}}, session=session)
    birds.delete_many({'_id': {'$gte': 10}}, session=session)
assert birds.count_documents({}) == 10 and birds.find_one({'_id': 1})['name'] == 'bar-tailed godwit'
client.drop_database('python_client')
print('pymongo: everything as expected')
