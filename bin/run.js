#!/usr/bin/env node
import module from 'node:module';

// Node 22 and newer keep compiled code between runs; Node 20 has no such function.
module.enableCompileCache?.();

const {run} = await import('../dist/cli/run.js');
await run(import.meta.url);
