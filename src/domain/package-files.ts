/** Files that come with iotctl. Code of many modules lies in few files once it is built, so nothing is found from beside it. */
import {existsSync} from 'node:fs';

const PACKAGE = packageFolder(new URL('.', import.meta.url));

/** By its path in the package: `templates/models/`. */
export const packageFile = (path: string): URL => new URL(path, PACKAGE);

/** What a thread or a process of ours begins with: `platform/gateway-thread.js`. It is one of `scripts/bundle.js`. */
export const programFile = (path: string): URL => packageFile(`dist/${path}`);

function packageFolder(from: URL): URL {
  return existsSync(new URL('package.json', from)) ? from : packageFolder(new URL('..', from));
}
