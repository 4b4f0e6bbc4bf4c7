/** Requests to an API as someone, with what came back. */
import type {StartedApi} from './start-api.js';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every route
  readonly body: any;
  readonly headers: Headers;
}

/** `as(secret)` asks as its owner; without one, as the first administrator. */
export const asCaller =
  (api: Pick<StartedApi, 'url' | 'token'>, secret = api.token) =>
  async (method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
      },
      ...(body === undefined ? {} : {body: JSON.stringify(body)}),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      body: isJson && !text.includes('}\n{') ? JSON.parse(text) : text,
      headers: response.headers,
    };
  };
