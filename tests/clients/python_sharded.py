"""pymongo works through a router: shards, moves, reads, writes, runs a transaction over two shards and watches. Usage: python_sharded.py URI"""
import sys

from pymongo import MongoClient
from pymongo.errors import OperationFailure

client = MongoClient(sys.argv[1], serverSelectionTimeoutMS=15000, uuidRepresentation='standard')
admin, birds = client.admin, client.python_sharded.birds
assert admin.command('hello')['msg'] == 'isdbgrid'
assert [shard['_id'] for shard in admin.command('listShards')['shards']] == ['s0', 's1']

client.drop_database('python_sharded')
admin.command('enableSharding', 'python_sharded', primaryShard='s0')
admin.command('shardCollection', 'python_sharded.birds', key={'km': 1})
admin.command('split', 'python_sharded.birds', middle={'km': 100})
admin.command('moveChunk', 'python_sharded.birds', find={'km': 100}, to='s1', _waitForDelete=True)
chunks = list(client.config.chunks.find({'uuid': client.config.collections.find_one({'_id': 'python_sharded.birds'})['uuid']}).sort('min', 1))
assert [(chunk['min'].get('km'), chunk['shard']) for chunk in chunks][1] == (100, 's1')

birds.insert_many([{'_id': i, 'km': i * 10, 'kind': i % 3} for i in range(30)])
assert birds.count_documents({}) == birds.estimated_document_count() == 30
assert [bird['_id'] for bird in birds.find({'km': {'$gte': 95}}).sort('_id', -1).limit(3)] == [29, 28, 27]
assert [bird['_id'] for bird in birds.find({}, {'_id': 1}).sort('km', -1).batch_size(4)] == list(range(29, -1, -1))
assert list(birds.aggregate([{'$group': {'_id': '$kind', 'n': {'$sum': 1}}}, {'$sort': {'_id': 1}}])) == [{'_id': i, 'n': 10} for i in range(3)]
assert sorted(birds.distinct('kind')) == [0, 1, 2]
assert birds.update_one({'_id': 3}, {'$set': {'seen': True}}).modified_count == 1
assert birds.update_many({'kind': 1}, {'$set': {'ringed': True}}).modified_count == 10
assert birds.find_one_and_update({'kind': 2, '_id': 29}, {'$set': {'seen': True}})['_id'] == 29
assert birds.delete_one({'kind': 0, '_id': 0}).deleted_count == 1
assert birds.update_one({'km': 10}, {'$set': {'km': 1000}}).modified_count == 1
assert birds.find_one({'km': 1000})['_id'] == 1

birds.create_index('kind')
assert set(birds.index_information()) == {'_id_', 'km_1', 'kind_1'}
assert client.python_sharded.list_collection_names() == ['birds']
assert 'python_sharded' in client.list_database_names()

with client.start_session() as session:
    with session.start_transaction():
        birds.insert_one({'_id': 1000, 'km': 5}, session=session)
        birds.insert_one({'_id': 1001, 'km': 500}, session=session)
        assert birds.count_documents({'_id': {'$gte': 1000}}) == 0
assert birds.count_documents({'_id': {'$gte': 1000}}) == 2

with birds.watch() as changes:
    birds.insert_one({'_id': 2000, 'km': 1})
    birds.insert_one({'_id': 2001, 'km': 999})
    admin.command('appendOplogNote', 1, data={'msg': 'on'})
    seen = [next(changes), next(changes)]
assert [change['documentKey'] for change in seen] == [{'km': 1, '_id': 2000}, {'km': 999, '_id': 2001}]

try:
    client.local['oplog.rs'].find_one()
    raise AssertionError('a router gave the oplog')
except OperationFailure as refusal:
    assert refusal.code == 20

client.drop_database('python_sharded')
assert 'python_sharded' not in client.list_database_names()
print('pymongo through a router: everything as expected')
