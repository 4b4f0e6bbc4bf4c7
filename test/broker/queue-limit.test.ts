import {expect, it} from 'vitest';
import {serviceLogin, startGateway} from '../support/start-gateway.js';

it('tells which session lost a message because its queue was full', async () => {
  await using gateway = await startGateway(undefined, {queuedMessagesMax: 5});
  {
    await using away = await gateway.connect({clientId: 'away', clean: false, ...serviceLogin('app')});
    await away.subscribe('t/default/x/orders');
  }
  await using sender = await gateway.connect({clientId: 'sender', ...serviceLogin('app')});
  for (let messageId = 1; messageId <= 6; messageId++) {
    sender.send({cmd: 'publish', topic: 't/default/x/orders', qos: 1, messageId, payload: String(messageId)});
    await sender.next('puback');
  }
  const {tenant, payload} = await gateway.event('message.dropped');
  expect(tenant).toBe('default');
  expect(JSON.parse(Buffer.from(payload).toString())).toMatchObject({
    reason: 'queue-messages',
    subject: 't/default/x/orders',
  });
});
