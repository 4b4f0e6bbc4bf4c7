import type {FastifyRequest} from 'fastify';
import type {ModelSpec} from '../domain/model.js';
import {callerOf} from './access.js';
import type {ApiPorts} from './ports.js';

/** UCUM units of metrics, where the tenant's models agree on one. */
export async function unitsOf(
  ports: ApiPorts,
  request: FastifyRequest,
  metrics: readonly string[],
): Promise<Record<string, string>> {
  const models = await ports.admin.models.list(callerOf(request).tenant);
  const found = new Map<string, Set<string>>();
  for (const [metric, unit] of models.flatMap(({spec}) => unitsIn(spec)))
    if (metrics.includes(metric)) found.set(metric, (found.get(metric) ?? new Set()).add(unit));
  return Object.fromEntries(
    [...found].flatMap(([metric, units]) => (units.size === 1 ? [[metric, ...units]] : [])),
  );
}

const unitsIn = ({metrics = {}, components = {}}: ModelSpec): [string, string][] =>
  [metrics, ...Object.values(components).map(component => component.metrics ?? {})].flatMap(group =>
    Object.entries(group).flatMap(([name, {unit}]): [string, string][] =>
      unit === undefined ? [] : [[name, unit]],
    ),
  );
