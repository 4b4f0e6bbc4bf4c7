/** Which model, and which version of it, a device is of. */
import {parseModelRef} from '../domain/model.js';
import type {Registry} from '../registry/registry.js';

export interface ResolvedModel {
  readonly model: string;
  readonly modelVersion: number | undefined;
}

/** Throws `IOT_MODEL_UNKNOWN` for a version that is not there; a name alone may be one that nobody described. */
export async function resolveModel(registry: Registry, tenant: string, ref: string): Promise<ResolvedModel> {
  const {name, version} = parseModelRef(ref);
  const model =
    version === undefined
      ? await registry.models.newest(tenant, name)
      : await registry.models.get(tenant, ref);
  return {model: name, modelVersion: model?.version};
}
