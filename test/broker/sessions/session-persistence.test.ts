import {describe, expect, it} from 'vitest';
import type {BrokerPacket, PubrelPacket} from '../../../src/broker/sessions/records.js';
import type {SessionPersistence} from '../../../src/broker/sessions/session-persistence.js';
import {all, message, openStore, payloadsOf} from './open-store.js';

const ann = {id: 'acme:ann'};
const toAnn = {clientId: ann.id};
const subscription = {topic: 't/acme/x/#', qos: 1, rh: 0, rap: true, nl: false} as const;

describe('after a restart', () => {
  it('has the subscriptions of a session, with their options', async () => {
    await using opened = await openStore();
    const quiet = {...subscription, topic: 'quiet', qos: 0 as const};
    const numbered = {...subscription, topic: 'numbered', subscriptionIdentifier: 268_435_455};
    await opened.store.addSubscriptions(ann, [subscription, quiet, numbered]);
    await opened.store.addSubscriptions({id: 'bob'}, [{...subscription, qos: 2}]);
    await opened.store.removeSubscriptions({id: 'bob'}, [subscription.topic]);

    const store = await opened.reopen();

    expect(await store.subscriptionsByClient(ann)).toEqual([subscription, quiet, numbered]);
    expect(await store.subscriptionsByTopic('t/acme/x/news')).toEqual([{clientId: ann.id, ...subscription}]);
    expect(await store.subscriptionsByTopic('quiet')).toEqual([]);
    expect(await store.countOffline()).toEqual({subsCount: 2, clientsCount: 1});
    expect([...store.sessions()]).toEqual([ann.id]);
    expect(store.subscriptionCount(ann.id)).toBe(3);
  });

  it('has what was queued, in order, with packet ids and the state of QoS 2 deliveries', async () => {
    await using opened = await openStore();
    const properties = {contentType: 'text/plain', correlationData: Buffer.from([0, 255])};
    await opened.store.outgoingEnqueueCombi([toAnn, {clientId: 'bob'}], message(1, {properties}));
    await opened.store.outgoingEnqueue(toAnn, message(2, {qos: 2}));
    await opened.store.outgoingEnqueue(toAnn, message(3, {messageExpiry: 1_800_000_000_000}));
    await opened.store.outgoingUpdate(ann, {...message(1), cmd: 'publish', messageId: 65_535});
    await opened.store.outgoingUpdate(ann, {...message(2), cmd: 'publish', messageId: 7});
    await opened.store.outgoingUpdate(ann, {cmd: 'pubrel', messageId: 7});

    const store = await opened.reopen();

    expect(await all(store.outgoingStream(ann))).toEqual([
      {...message(1, {properties}), messageId: 65_535},
      {cmd: 'pubrel', messageId: 7},
      {...message(3, {messageExpiry: 1_800_000_000_000}), messageId: undefined},
    ]);
    expect(await store.outgoingClearMessageId(ann, {messageId: 65_535})).toMatchObject({brokerCounter: 1});
    expect(await store.outgoingClearMessageId(ann, {messageId: 7})).toEqual({cmd: 'pubrel', messageId: 7});
    expect(await payloadsOf((await opened.reopen()).outgoingStream(ann))).toEqual(['message 3']);
  });

  it('has retained messages, replaced and deleted ones excepted', async () => {
    await using opened = await openStore();
    await opened.store.storeRetained(message(1, {topic: 'a', retain: true}));
    await opened.store.storeRetained(message(2, {topic: 'a', retain: true}));
    await opened.store.storeRetained(message(3, {topic: 'b', retain: true}));
    await opened.store.storeRetained(message(4, {topic: 'b', payload: Buffer.alloc(0)}));

    const store = await opened.reopen();

    expect(await payloadsOf(store.createRetainedStream('#'))).toEqual(['message 2']);
    expect(store.retained()).toEqual({messages: 1, bytes: 10});
  });

  it('has unreleased QoS 2 messages and wills', async () => {
    await using opened = await openStore();
    await opened.store.incomingStorePacket(ann, message(1, {qos: 2, messageId: 5}));
    await opened.store.incomingStorePacket(ann, message(2, {qos: 2, messageId: 6}));
    await opened.store.incomingDelPacket(ann, {messageId: 6});
    await opened.store.putWill(ann, {topic: 'gone', payload: Buffer.from('x'), qos: 1});
    await opened.store.putWill({id: 'bob'}, {topic: 'gone', payload: Buffer.from('y')});
    await opened.store.delWill({id: 'bob'});

    const store = await opened.reopen();

    expect(await store.incomingGetPacket(ann, {messageId: 5})).toMatchObject({messageId: 5, qos: 2});
    await expect(store.incomingGetPacket(ann, {messageId: 6})).rejects.toThrow('no such packet');
    expect(await all(store.streamWill({'broker-2': 1}))).toMatchObject([{clientId: ann.id, topic: 'gone'}]);
    expect(await all(store.streamWill({'broker-1': 1}))).toEqual([]);
  });

  it('has sessions and topics of any characters and lengths apart from each other', async () => {
    await using opened = await openStore();
    const long = 'x'.repeat(5000);
    const names = [`${long}a`, `${long}b`, 'a', 'a\0', 'a\0b', '__proto__', 'constructor', 'ü', 'a/b', ''];
    for (const [index, name] of names.entries()) {
      await opened.store.addSubscriptions({id: name}, [{topic: name, qos: 1}]);
      await opened.store.outgoingEnqueue({clientId: name}, message(index));
      await opened.store.storeRetained(message(index, {topic: name}));
      await opened.store.putWill({id: name}, message(index, {topic: name}));
    }

    const store = await opened.reopen();

    expect([...store.sessions()]).toEqual(names);
    for (const [index, name] of names.entries()) {
      expect(await payloadsOf(store.outgoingStream({id: name}))).toEqual([`message ${index}`]);
      expect(await payloadsOf(store.createRetainedStream(name))).toEqual([`message ${index}`]);
      expect(await store.subscriptionsByTopic(name)).toMatchObject([{clientId: name, topic: name}]);
      expect(await store.getWill({id: name})).toMatchObject({topic: name});
    }
  });
});

describe('the queue of a session', () => {
  it('drops the oldest message for the one above the limit', async () => {
    const dropped: unknown[] = [];
    await using opened = await openStore({
      queuedMessagesMax: 3,
      onDropped: (clientId, packet, reason) => dropped.push([clientId, packet.brokerCounter, reason]),
    });
    for (let count = 1; count <= 5; count++) await opened.store.outgoingEnqueue(toAnn, message(count));

    expect(await payloadsOf(opened.store.outgoingStream(ann))).toEqual([
      'message 3',
      'message 4',
      'message 5',
    ]);
    expect(dropped).toEqual([
      [ann.id, 1, 'queue-messages'],
      [ann.id, 2, 'queue-messages'],
    ]);
    expect(await payloadsOf((await opened.reopen()).outgoingStream(ann))).toHaveLength(3);
  });

  it('drops as many as it takes to stay within its bytes, and refuses what never fits', async () => {
    const dropped: unknown[] = [];
    await using opened = await openStore({
      queuedBytesMax: 1000,
      onDropped: (_, packet, reason) => dropped.push([packet.brokerCounter, reason]),
    });
    const enqueue = (count: number, bytes: number) =>
      opened.store.outgoingEnqueue(toAnn, message(count, {payload: Buffer.alloc(bytes)}));
    for (let count = 1; count <= 4; count++) await enqueue(count, 150);
    await enqueue(5, 500);
    await enqueue(6, 1001);

    expect(dropped).toEqual([
      [1, 'queue-bytes'],
      [2, 'queue-bytes'],
      [3, 'queue-bytes'],
      [6, 'message-too-large'],
    ]);
    expect(opened.store.queued(ann.id)).toEqual({messages: 2, bytes: 150 + 500 + 2 * (13 + 64)});
  });

  it('keeps its limit when many messages come in one turn', async () => {
    await using opened = await openStore({queuedMessagesMax: 10});
    await Promise.all(
      Array.from({length: 100}, (_, count) => opened.store.outgoingEnqueue(toAnn, message(count + 1))),
    );

    expect(opened.store.queued(ann.id).messages).toBe(10);
    const store = await opened.reopen();
    expect((await payloadsOf(store.outgoingStream(ann)))[0]).toBe('message 91');
    expect(store.queued(ann.id)).toEqual({messages: 10, bytes: 10 * (13 + 64) + 9 * 10 + 11});
  });

  it('says nothing about the packet id of a message that had to give way', async () => {
    await using opened = await openStore({queuedMessagesMax: 1});
    await opened.store.outgoingEnqueue(toAnn, message(1));
    await opened.store.outgoingEnqueue(toAnn, message(2));

    await opened.store.outgoingUpdate(ann, {...message(1), cmd: 'publish', messageId: 1});

    expect(await opened.store.outgoingClearMessageId(ann, {messageId: 1})).toBeUndefined();
    expect(await payloadsOf(opened.store.outgoingStream(ann))).toEqual(['message 2']);
  });

  it('takes a message that was never sent by its origin, not just any without a packet id', async () => {
    await using opened = await openStore();
    await opened.store.outgoingEnqueue(toAnn, message(1));
    await opened.store.outgoingEnqueue(toAnn, message(2));

    expect(
      await opened.store.outgoingClearMessageId(ann, {brokerId: 'broker-1', brokerCounter: 2}),
    ).toMatchObject({brokerCounter: 2});

    expect(await payloadsOf(opened.store.outgoingStream(ann))).toEqual(['message 1']);
  });

  it('goes on with a packet id that is used again', async () => {
    await using opened = await openStore();
    for (const count of [1, 2]) {
      await opened.store.outgoingEnqueue(toAnn, message(count));
      await opened.store.outgoingUpdate(ann, {...message(count), cmd: 'publish', messageId: 9});
    }
    expect(await opened.store.outgoingClearMessageId(ann, {messageId: 9})).toMatchObject({brokerCounter: 2});
    expect(await payloadsOf(opened.store.outgoingStream(ann))).toEqual(['message 1']);
  });

  it('leaves out what is taken while it is being read', async () => {
    await using opened = await openStore();
    for (let count = 1; count <= 3; count++) await opened.store.outgoingEnqueue(toAnn, message(count));
    const seen: (BrokerPacket | PubrelPacket)[] = [];
    for await (const packet of opened.store.outgoingStream(ann)) {
      seen.push(packet as BrokerPacket);
      await opened.store.outgoingClearMessageId(ann, {brokerId: 'broker-1', brokerCounter: 3});
    }
    expect(seen.map(packet => (packet as BrokerPacket).brokerCounter).slice(0, 2)).toEqual([1, 2]);
    expect(opened.store.queued(ann.id).messages).toBe(2);
  });
});

describe('limits of other kinds', () => {
  it('refuses QoS 2 messages of a client that releases none', async () => {
    await using opened = await openStore({incomingMessagesMax: 2});
    const store = (messageId: number) =>
      opened.store.incomingStorePacket(ann, message(messageId, {qos: 2, messageId}));
    await store(1);
    await store(2);
    await store(2);
    await expect(store(3)).rejects.toThrow('without PUBREL');
    await opened.store.incomingDelPacket(ann, {messageId: 1});
    await store(3);
  });

  it('keeps no further retained messages above their limits, and none that is out of date', async () => {
    const refused: unknown[] = [];
    await using opened = await openStore({
      retainedMessagesMax: 2,
      retainedBytesMax: 100,
      onRetainedRefused: (packet, reason) => refused.push([packet.topic, reason]),
    });
    for (const topic of ['a', 'b', 'c']) await opened.store.storeRetained(message(1, {topic}));
    await opened.store.storeRetained(message(2, {topic: 'a'}));
    await opened.store.storeRetained(message(3, {topic: 'b', payload: Buffer.alloc(100)}));

    expect(refused).toEqual([
      ['c', 'retained-messages'],
      ['b', 'retained-bytes'],
    ]);
    expect(await payloadsOf(opened.store.createRetainedStream('#'))).toEqual(['message 2']);
    expect(await payloadsOf((await opened.reopen()).createRetainedStream('#'))).toEqual(['message 2']);
  });

  it('gives a retained message once, however many of the filters match it', async () => {
    await using opened = await openStore();
    await opened.store.storeRetained(message(1, {topic: 'a/b'}));
    expect(await payloadsOf(opened.store.createRetainedStreamCombi(['a/b', 'a/+', '#']))).toHaveLength(1);
  });
});

describe('the end of a session', () => {
  async function fill(opened: Awaited<ReturnType<typeof openStore>>, id: string): Promise<void> {
    await opened.store.addSubscriptions({id}, [subscription]);
    await opened.store.outgoingEnqueue({clientId: id}, message(1));
    await opened.store.incomingStorePacket({id}, message(1, {qos: 2, messageId: 5}));
    await opened.store.putWill({id}, {topic: 'gone', payload: Buffer.from('x')});
  }

  it('takes its queue and its QoS 2 packet ids along, but not the will', async () => {
    await using opened = await openStore();
    await fill(opened, 'ann');
    await fill(opened, 'anna');
    await opened.store.cleanSubscriptions({id: 'ann'});

    for (const restarts of [0, 1]) {
      const store = restarts === 0 ? opened.store : await opened.reopen();
      expect([...store.sessions()]).toEqual(['anna']);
      expect(await payloadsOf(store.outgoingStream({id: 'ann'}))).toEqual([]);
      expect(await payloadsOf(store.outgoingStream({id: 'anna'}))).toEqual(['message 1']);
      await expect(store.incomingGetPacket({id: 'ann'}, {messageId: 5})).rejects.toThrow('no such packet');
      expect(await store.incomingGetPacket({id: 'anna'}, {messageId: 5})).toMatchObject({messageId: 5});
      expect(await store.getWill({id: 'ann'})).toMatchObject({topic: 'gone'});
    }
  });

  it('leaves nothing behind when a client is forgotten', async () => {
    await using opened = await openStore();
    await fill(opened, 'ann');
    await opened.store.forget('ann');
    await opened.store.forget('never seen');

    for (const restarts of [0, 1]) {
      const store = restarts === 0 ? opened.store : await opened.reopen();
      expect([...store.sessions()]).toEqual([]);
      expect(await store.getWill({id: 'ann'})).toBeUndefined();
      expect(await store.subscriptionsByTopic('t/acme/x/news')).toEqual([]);
      expect(store.queued('ann')).toEqual({messages: 0, bytes: 0});
    }
  });

  it('gives a new session nothing of one that had gone', async () => {
    await using opened = await openStore();
    await fill(opened, 'ann');
    await opened.store.forget('ann');
    const store = await opened.reopen();
    await store.addSubscriptions({id: 'bob'}, [subscription]);
    expect(await payloadsOf((await opened.reopen()).outgoingStream({id: 'bob'}))).toEqual([]);
  });
});

it('refuses to work, and to be closed, once it is closed', async () => {
  await using opened = await openStore();
  await opened.store.destroy();
  await expect(opened.store.destroy()).rejects.toThrow('closed');
  await expect(opened.store.storeRetained(message(1))).rejects.toThrow('closed');
  await opened.open();
});

describe('a stream that is still read when the store closes', () => {
  it.each([
    ['of retained messages', (store: SessionPersistence) => store.createRetainedStream('#')],
    ['of queued messages', (store: SessionPersistence) => store.outgoingStream(ann)],
  ])('%s ends', async (_, streamOf) => {
    await using opened = await openStore();
    for (const number of [1, 2]) {
      await opened.store.storeRetained(message(number, {topic: `retained/${number}`, retain: true}));
      await opened.store.outgoingEnqueue(toAnn, message(number));
    }
    const store = await opened.reopen();
    const messages = streamOf(store).iterator() as AsyncIterator<BrokerPacket>;
    expect((await messages.next()).value).toMatchObject({brokerCounter: 1});
    await opened.reopen();
    expect(await messages.next()).toEqual({done: true, value: undefined});
  });
});
