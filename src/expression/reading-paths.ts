/** Which metrics and labels a condition on readings asks for: all of them are known before anything is read. */
import type {ASTNode} from '@marcbachmann/cel-js';
import {childrenOf} from './condition-names.js';

/** Our own names, with their types. They go before metrics of the same name, which are found in `data`. */
export const READING_NAMES = {
  value: 'double',
  device: 'string',
  component: 'string',
  model: 'string',
  time: 'google.protobuf.Timestamp',
  labels: 'map<string, string>',
} as const;

/** Where a metric is in what an expression sees: `motor.speed` and `data.motor.speed` are two places of one. */
export interface MetricPlace {
  readonly metric: string;
  readonly path: readonly string[];
}

export interface Asked {
  readonly places: readonly MetricPlace[];
  /** Our own names. */
  readonly names: readonly string[];
  readonly labels: readonly string[];
}

type Refuse = (message: string, node: ASTNode) => Error;

/** Throws what `refuse` makes of a part that does not say which one it means. */
export function askedBy(ast: ASTNode, refuse: Refuse): Asked {
  const places = new Map<string, MetricPlace>();
  const names = new Set<string>();
  const labels = new Set<string>();
  for (const {node, root, keys} of pathsIn(ast)) {
    if (root === 'labels') labels.add(onlyKey(keys, node, refuse));
    if (Object.hasOwn(READING_NAMES, root)) names.add(root);
    else places.set(JSON.stringify([root, ...keys]), placeOf(root, keys, node, refuse));
  }
  return {places: [...places.values()], names: [...names], labels: [...labels]};
}

function placeOf(root: string, keys: readonly string[], node: ASTNode, refuse: Refuse): MetricPlace {
  if (root === 'data' && keys.length === 0)
    throw refuse('data expects one metric by its name, such as data["motor.speed"]', node);
  return {metric: (root === 'data' ? keys : [root, ...keys]).join('.'), path: [root, ...keys]};
}

function onlyKey([key, ...more]: readonly string[], node: ASTNode, refuse: Refuse): string {
  if (key !== undefined && more.length === 0) return key;
  throw refuse('labels expects one label by its key, such as labels.site', node);
}

interface Path {
  readonly node: ASTNode;
  readonly root: string;
  readonly keys: readonly string[];
}

function pathsIn(node: ASTNode): Path[] {
  const path = pathOf(node);
  return path ? [path] : childrenOf(node).flatMap(pathsIn);
}

/** `a.b` and `a["b"]`; undefined where it is something else. */
function pathOf(node: ASTNode): Path | undefined {
  if (node.op === 'id') return {node, root: node.args, keys: []};
  const step = stepOf(node);
  const before = step && pathOf(step.of);
  return before && {node, root: before.root, keys: [...before.keys, step.key]};
}

function stepOf(node: ASTNode): {of: ASTNode; key: string} | undefined {
  if (node.op === '.') return {of: node.args[0], key: node.args[1]};
  if (node.op !== '[]') return undefined;
  const [of, index] = node.args;
  return index.op === 'value' && typeof index.args === 'string' ? {of, key: index.args} : undefined;
}
