#!/usr/bin/env node
// Queries of a platform's store wait in libuv's threads. How many there are is settled before the first module is imported, which is why
// this file is none.
process.env.UV_THREADPOOL_SIZE ??= '12';

// Node 22 and newer keep compiled code between runs; Node 20 has no such function.
require('node:module').enableCompileCache?.();

const {pathToFileURL} = require('node:url');

// As of a module whose top-level await never settles: a command that was left hanging is no success.
const UNSETTLED = 13;
let settled = false;
process.once('beforeExit', () => {
  if (!settled) process.exitCode = UNSETTLED;
});

void import('../dist/cli/run.js')
  .then(({run}) => run(pathToFileURL(__filename).href))
  .finally(() => {
    settled = true;
  });
