/** Devices made one by one, each by a request of its own, over a few connections that stay open. */
import {Agent, request} from 'node:http';

/** Resolves to how many there were a second. */
export async function createOneByOne({apiUrl, token}, {connections, seconds}) {
  const agent = new Agent({keepAlive: true, maxSockets: connections});
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  let made = 0;
  const worker = async name => {
    for (let number = 0; performance.now() < endMs; number++) {
      const status = await post(`${apiUrl}/v1/devices`, {
        token,
        agent,
        body: {id: `one-${connections}-${name}-${number}`},
      });
      if (status !== 201) throw new Error(`a device was answered with ${status}`);
      made++;
    }
  };
  try {
    await Promise.all(Array.from({length: connections}, (_, index) => worker(index)));
  } finally {
    agent.destroy();
  }
  return Math.round(made / ((performance.now() - startedMs) / 1000));
}

function post(url, {token, agent, body}) {
  const text = JSON.stringify(body);
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  };
  return new Promise((resolve, reject) => {
    const sent = request(url, {method: 'POST', agent, headers}, answer => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    });
    sent.once('error', reject).end(text);
  });
}
