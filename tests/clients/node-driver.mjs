// The Node driver connects, writes, reads, aggregates, runs a transaction and watches. Usage: node node-driver.mjs URI
import assert from 'node:assert/strict';
import { Decimal128, Long, MongoClient } from 'mongodb';

const client = new MongoClient(process.argv[2], { serverSelectionTimeoutMS: 15000 });
await client.connect();
const db = client.db('node_client');
await db.dropDatabase();
const birds = db.collection('birds');

await birds.insertMany([
  { _id: 1, name: 'godwit', flight: { km: 13560 }, seen: [1, 2, 3] },
  { _id: 2, name: 'knot', flight: { km: 8000 }, seen: [] },
  { _id: Long.fromString('9007199254740993'), name: 'tern', price: Decimal128.fromString('1.50') },
]);
await birds.createIndex({ name: 1 }, { unique: true });
await assert.rejects(birds.insertOne({ name: 'knot' }), { code: 11000 });

const stream = birds.watch([], { fullDocument: 'updateLookup' });
const next = stream.next();
const updated = await birds.findOneAndUpdate({ name: 'godwit' }, { $inc: { 'flight.km': 1 }, $push: { seen: 4 } }, { returnDocument: 'after' });
assert.deepEqual(updated.seen, [1, 2, 3, 4]);
const event = await next;
assert.equal(event.operationType, 'update');
assert.equal(event.fullDocument.flight.km, 13561);
await stream.close();

const names = await birds.find({ 'flight.km': { $gt: 5000 } }).sort({ name: -1 }).project({ _id: 0, name: 1 }).batchSize(1).toArray();
assert.deepEqual(names, [{ name: 'knot' }, { name: 'godwit' }]);
const [sum] = await birds.aggregate([{ $group: { _id: null, km: { $sum: '$flight.km' }, n: { $sum: 1 } } }]).toArray();
assert.deepEqual(sum, { _id: null, km: 21561, n: 3 });
assert.equal(await birds.countDocuments(), 3);

const session = client.startSession();
await session.withTransaction(async () => {
  await birds.updateOne({ _id: 2 }, { $set: { name: 'red knot' } }, { session });
  await birds.deleteOne({ name: 'tern' }, { session });
});
await session.endSession();
assert.deepEqual((await birds.distinct('name')).sort(), ['godwit', 'red knot']);

await birds.bulkWrite([{ replaceOne: { filter: { _id: 2 }, replacement: { name: 'dunlin' } } }, { insertOne: { document: { _id: 'x' } } }]);
assert.deepEqual((await db.listCollections().toArray()).map(c => c.name), ['birds']);
await db.dropDatabase();
await client.close();
console.log('node driver: everything as expected');
