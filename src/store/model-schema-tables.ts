/** The table of each model, as `query --schema` prints it. */
import type {ModelSpec, ValueSpec} from '../domain/model.js';
import type {QueryTable} from '../domain/query-schema.js';
import {columnsOf, tableOf} from './model-columns.js';

const OWN: QueryTable['columns'] = [
  {name: 'time', type: 'TIMESTAMPTZ', meaning: 'when it was measured'},
  {name: 'recorded_time', type: 'TIMESTAMPTZ', meaning: 'when it was received'},
  {name: 'device', type: 'VARCHAR', meaning: 'by which device'},
  {name: 'component', type: 'VARCHAR', meaning: 'by which part of it'},
  {name: 'version', type: 'BIGINT', meaning: 'of the model'},
  {name: 'offset', type: 'BIGINT', meaning: 'of its event'},
];

/** `specs`: every version of every model. A table is there once a device of its model has said something. */
export function modelTables(specs: readonly ModelSpec[]): QueryTable[] {
  const byModel = new Map<string, ModelSpec[]>();
  for (const spec of specs) byModel.set(spec.model, [...(byModel.get(spec.model) ?? []), spec]);
  return [...byModel].map(([model, versions]) => {
    const ordered = versions.sort((one, other) => one.version - other.version);
    return {
      name: tableOf(model),
      meaning: ordered.at(-1)!.description ?? `what devices of the model ${model} measure`,
      columns: [
        ...OWN,
        ...columnsOf(ordered).map(({metric, column, type}) => ({
          name: column,
          type,
          meaning: meaningOf(metric, ordered),
        })),
      ],
    };
  });
}

function meaningOf(metric: string, versions: readonly ModelSpec[]): string {
  const found = versions
    .flatMap(({metrics = {}, components = {}}) => [
      metrics,
      ...Object.values(components).map(component => component.metrics ?? {}),
    ])
    .reduce<ValueSpec | undefined>((last, metrics) => metrics[metric] ?? last, undefined);
  const unit = found?.unit === undefined ? '' : ` in ${found.unit}`;
  return `${found?.description ?? 'a metric of the model'}${unit}`;
}
