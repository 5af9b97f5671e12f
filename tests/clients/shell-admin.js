// What an administrator asks and does in mongosh. Usage: mongosh URI --quiet --eval 'spares = ["HOST:PORT", "HOST:PORT"]' shell-admin.js,
// where the spares are processes that may become members.
const assert = require('node:assert/strict');
const number = value => Number(value.toString());
const names = list => EJSON.stringify(list.map(one => one.name ?? one.user ?? one.role).sort());
const until = (holds, what) => {
  for (let i = 0; i < 600; i++) {
    if (holds()) return;
    sleep(100);
  }
  throw new Error('in vain waited for: ' + what);
};
const refused = (work, code) => {
  try {
    work();
  } catch (error) {
    assert.equal(error.code, code, error.message);
    return;
  }
  throw new Error('not refused with ' + code);
};
const shop = db.getSiblingDB('shell_admin');
shop.dropDatabase();
shop.c.insertMany(Array.from({ length: 200 }, (_, i) => ({ _id: i, a: i % 10 })));
shop.c.createIndex({ a: 1 });

// Figures of the server and of data
assert.equal(db.serverStatus().process, 'mongod');
assert.equal(number(db.serverStatus().metrics.commands.insert.total) >= 1, true);
assert.equal(db.serverBuildInfo().version, db.version());
assert.equal(db.hostInfo().os.type, 'Linux');
assert.equal(db.serverCmdLineOpts().ok, 1);
assert.equal(db.getLogComponents().verbosity, 0);
assert.equal(number(shop.stats(1024).objects), 200);
assert.equal(shop.c.stats().nindexes, 2);
assert.equal(shop.c.validate().valid, true);
assert.equal(shop.c.validate({ full: true }).nrecords, 200);
assert.equal(shop.c.countDocuments({ a: 3 }), 20);
assert.equal(shop.c.estimatedDocumentCount(), 200);
assert.equal(shop.c.dataSize() > 0 && shop.c.storageSize() > 0 && shop.c.totalIndexSize() > 0, true);
assert.equal(shop.c.isCapped(), false);
assert.equal(shop.c.latencyStats().length, 1);
assert.equal(number(shop.c.aggregate([{ $indexStats: {} }]).toArray().find(one => one.name === 'a_1').accesses.ops) >= 1, true);
assert.equal(names(shop.getCollectionInfos()), '["c"]');
assert.equal(shop.c.getPlanCache().list().length, 0);
assert.equal(db.getMongo().getDBs().ok, 1);
assert.equal(db.adminCommand({ top: 1 }).totals['shell_admin.c'].insert.count, 1);

// Plans
assert.equal(shop.c.find({ a: 1 }).explain('executionStats').executionStats.nReturned, 20);
assert.equal(shop.c.explain().find({ a: 1 }).finish().queryPlanner.winningPlan.inputStage.indexName, 'a_1');
assert.equal(shop.c.explain('executionStats').update({ a: 1 }, { $set: { b: 1 } }).ok, 1);
assert.equal(shop.c.explain('queryPlanner').aggregate([{ $match: { a: 1 } }]).ok, 1);
assert.equal(shop.c.find({ a: 1 }).hint({ a: 1 }).sort({ _id: -1 }).limit(1).toArray()[0]._id, 191);

// Operations and the profiler
assert.equal(db.currentOp().ok, 1);
assert.equal(db.currentOp({ $all: true }).inprog.length >= 1, true);
assert.equal(db.killOp(123456789).ok, 1);
assert.equal(shop.getProfilingStatus().was, 0);
assert.equal(shop.setProfilingLevel(2, { slowms: 50 }).was, 0);
shop.c.find({ a: 5 }).toArray();
assert.equal(shop.setProfilingLevel(0).was, 2);
assert.equal(shop.system.profile.findOne({ op: 'query' }).planSummary, 'IXSCAN { a: 1 }');
assert.equal(shop.getProfilingStatus().slowms, 50);
assert.equal(db.adminCommand({ getLog: 'global' }).totalLinesWritten > 0, true);

// Indexes and collections
shop.c.hideIndex('a_1');
assert.equal(shop.c.getIndexes().find(one => one.name === 'a_1').hidden, true);
shop.c.unhideIndex('a_1');
shop.c.dropIndex('a_1');
shop.createCollection('log', { capped: true, size: 4096 });
assert.equal(shop.log.isCapped(), true);
shop.createView('some', 'c', [{ $match: { a: 1 } }]);
assert.equal(shop.some.countDocuments(), 20);
shop.c.renameCollection('renamed');
assert.equal(shop.getCollectionNames().includes('renamed'), true);
assert.equal(shop.runCommand({ collMod: 'renamed', validator: { a: { $type: 'number' } } }).ok, 1);
refused(() => shop.renamed.insertOne({ a: 'x' }), 121);

// Users and roles
shop.createRole({ role: 'clerk', privileges: [{ resource: { db: 'shell_admin', collection: 'c' }, actions: ['find'] }], roles: ['read'] });
shop.grantPrivilegesToRole('clerk', [{ resource: { db: 'shell_admin', collection: 'd' }, actions: ['insert'] }]);
shop.createUser({ user: 'ada', pwd: 'x', roles: ['clerk'], customData: { desk: 7 } });
shop.grantRolesToUser('ada', ['readWrite']);
shop.revokeRolesFromUser('ada', ['clerk']);
shop.changeUserPassword('ada', 'y');
assert.equal(shop.getUser('ada').roles[0].role, 'readWrite');
assert.equal(names(shop.getUsers().users), '["ada"]');
assert.equal(shop.getRole('clerk', { showPrivileges: true }).privileges.length, 2);
assert.equal(shop.getRoles({ showBuiltinRoles: true }).roles.length > 5, true);
shop.updateUser('ada', { roles: [] });
assert.equal(shop.dropUser('ada').ok, 1);
assert.equal(shop.dropRole('clerk').ok, 1);

// Settings
assert.equal(db.adminCommand({ getParameter: '*' }).transactionLifetimeLimitSeconds, 60);
assert.equal(db.adminCommand({ setParameter: 1, transactionLifetimeLimitSeconds: 30 }).was, 60);
assert.equal(db.adminCommand({ getParameter: 1, featureCompatibilityVersion: 1 }).featureCompatibilityVersion.version, '8.0');
assert.equal(db.adminCommand({ getDefaultRWConcern: 1 }).defaultWriteConcern.w, 'majority');

// Members
const primary = () => rs.status().members.find(one => one.stateStr === 'PRIMARY');
const [first, second] = spares;
assert.equal(rs.status().members.length, 3);
assert.equal(rs.hello().isWritablePrimary, true);
assert.equal(rs.conf().settings.replicaSetId instanceof ObjectId, true);
rs.printReplicationInfo();
assert.equal(rs.add({ host: first, priority: 0, hidden: true }).ok, 1);
until(() => rs.status().members.find(one => one.name === first)?.stateStr === 'SECONDARY', 'the added member');
until(() => rs.status().votingMembersCount === 4, 'the vote of the added member');
assert.equal(rs.hello().hosts.includes(first), false);
db.adminCommand({ setDefaultRWConcern: 1, defaultWriteConcern: { w: 'majority', wtimeout: 0 } });
assert.equal(rs.addArb(second).ok, 1);
until(() => rs.status().members.find(one => one.name === second)?.stateStr === 'ARBITER', 'the arbiter');
assert.equal(rs.hello().arbiters[0], second);
assert.equal(rs.remove(second).ok, 1);
assert.equal(rs.remove(first).ok, 1);
const conf = rs.conf();
conf.members.forEach(one => (one.priority = one.host === primary().name ? 2 : 1));
const before = rs.conf().version;
assert.equal(rs.reconfig(conf).ok, 1);
assert.equal(rs.conf().version > before, true);
refused(() => rs.reconfig({ ...rs.conf(), members: [] }), 103);
shop.dropDatabase();
print('administration in mongosh: everything as expected');
