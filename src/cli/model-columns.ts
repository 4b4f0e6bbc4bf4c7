import type {Model} from '../domain/model.js';
import {time} from './cell.js';
import type {Columns} from './output.js';

export const MODEL_COLUMNS = {
  id: model => `${model.name}@${model.version}`,
  description: model => model.description,
  metrics: model => Object.keys(model.spec.metrics ?? {}).join(','),
  components: model => Object.keys(model.spec.components ?? {}).join(','),
  commands: model => Object.keys(model.spec.commands ?? {}).join(','),
  devices: model => model.devices,
  createdAt: model => time(model.createdAt),
  createdBy: model => model.createdBy,
} satisfies Columns<Model>;
