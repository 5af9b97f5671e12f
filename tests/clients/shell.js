// mongosh connects, writes, reads, aggregates and watches. Usage: mongosh URI --quiet --file shell.js
const assert = require('node:assert/strict');
// Arrays of the shell come from another realm than those of this script.
const same = (actual, expected) => assert.equal(EJSON.stringify(actual), EJSON.stringify(expected));
const birds = db.getSiblingDB('shell_client').birds;
birds.drop();
assert.equal(birds.insertMany([{ _id: 1, name: 'godwit', km: 13560 }, { _id: 2, name: 'knot', km: 8000 }]).acknowledged, true);
birds.createIndex({ km: 1 });
same(birds.getIndexes().map(i => i.name), ['_id_', 'km_1']);

const stream = birds.watch([], { maxAwaitTimeMS: 5000 });
assert.equal(birds.updateOne({ name: 'knot' }, { $set: { km: 8001 } }).modifiedCount, 1);
let event = null;
for (let i = 0; i < 20 && !event; i++) event = stream.tryNext();
assert.equal(event.operationType, 'update');
same(event.updateDescription.updatedFields, { km: 8001 });
stream.close();

same(birds.find({ km: { $lt: 9000 } }).toArray(), [{ _id: 2, name: 'knot', km: 8001 }]);
same(birds.aggregate([{ $sort: { km: -1 } }, { $project: { _id: 0, name: { $toUpper: '$name' } } }]).toArray(), [{ name: 'GODWIT' }, { name: 'KNOT' }]);
assert.equal(birds.find({ km: 8001 }).explain().ok, 1);
assert.equal(rs.status().members.length, 3);
assert.equal(db.hello().isWritablePrimary, true);
assert.ok(db.getMongo().getDBNames().includes('shell_client'));
assert.equal(db.getSiblingDB('shell_client').stats().ok, 1);
db.getSiblingDB('shell_client').dropDatabase();
print('mongosh: everything as expected');
