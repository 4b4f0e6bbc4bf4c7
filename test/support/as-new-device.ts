/** Requests of a device that nobody knows yet, from one of this machine's addresses. */
import {request} from 'node:http';
import type {StartedApi} from './start-api.js';

export interface NewDeviceAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of several routes
  readonly body: any;
  readonly retryAfter: string | undefined;
}

/** `token` polls the operation that `path` names. */
export const asNewDevice = (
  {port}: Pick<StartedApi, 'port'>,
  path: string,
  body: object | undefined,
  {from = '127.0.0.1', token = ''} = {},
): Promise<NewDeviceAnswer> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(token === '' ? {} : {authorization: `Bearer ${token}`}),
    };
    const method = body === undefined ? 'GET' : 'POST';
    const target = {
      host: '127.0.0.1',
      port,
      path,
      method,
      localAddress: from,
      headers,
      agent: false,
    } as const;
    request(target, answer => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece: string) => {
        text += piece;
      });
      answer.on('end', () =>
        resolve({
          status: answer.statusCode!,
          body: JSON.parse(text),
          retryAfter: answer.headers['retry-after'],
        }),
      );
    })
      .on('error', reject)
      .end(body === undefined ? undefined : JSON.stringify(body));
  });
