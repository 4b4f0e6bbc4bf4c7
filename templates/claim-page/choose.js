/** What the code is for: a kind of device, and if wanted its serial number, name and place. */
import {busyWhile, notice, part, show} from './screens.js';
import {askInSession} from './session.js';

/** From so many on there is a search. */
const SEARCH_FROM = 6;

/**
 * @typedef {{name: string, description: string | null}} Model
 * @typedef {{selector: string, labels: Record<string, string>, model: string | null}} Place
 */

/** @type {Model[]} */
let models = [];

/** Where one may connect devices; empty is anywhere. @type {Place[]} */
let places = [];

/** What the search hides stays chosen; empty is no model. @type {string | undefined} */
let chosenModel;

export async function showChoose() {
  const choices = await askInSession('GET', '/v1/claim-choices');
  models = choices.models;
  places = choices.places ?? [];
  const search = part('search', HTMLInputElement);
  search.value = '';
  part('search-field', HTMLElement).hidden = models.length < SEARCH_FROM;
  part('where', HTMLSelectElement).replaceChildren(
    ...(places.length > 1 ? [new Option('Choose…', '')] : []),
    ...places.map(({selector}) => new Option(selector.replaceAll('=', ' ').replaceAll(',', ', '), selector)),
  );
  part('where-field', HTMLElement).hidden = places.length === 0;
  part('site-field', HTMLElement).hidden = places.some(({labels}) => 'site' in labels);
  chosenModel = undefined;
  for (const id of ['serial', 'device', 'site']) part(id, HTMLInputElement).value = '';
  part('more', HTMLDetailsElement).open = false;
  listModels();
  notice('choose', null);
  show('choose');
}

/**
 * @param {(wanted: object) => Promise<void>} chosen
 * @param {(error: unknown) => boolean} taken
 */
export function prepareChoose(chosen, taken) {
  const form = part('choose-form', HTMLFormElement);
  const button = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
  part('search', HTMLInputElement).addEventListener('input', listModels);
  part('where', HTMLSelectElement).addEventListener('change', listModels);
  part('models', HTMLElement).addEventListener('change', ({target}) => {
    if (target instanceof HTMLInputElement) chosenModel = target.value;
  });
  form.addEventListener('submit', event => {
    event.preventDefault();
    void busyWhile('choose', button, () => choose(form, chosen), taken);
  });
}

/**
 * @param {HTMLFormElement} form
 * @param {(wanted: object) => Promise<void>} chosen
 */
async function choose(form, chosen) {
  if (places.length > 0 && !place()) {
    notice('choose', {title: 'Where is it?', todo: 'Choose one of your places.'});
    return part('where', HTMLSelectElement).focus();
  }
  const model = /** @type {HTMLInputElement | null} */ (form.querySelector('[name=model]:checked'));
  if (model) return chosen(wantedOf(model.value));
  notice('choose', {title: 'Which kind of device is it?', todo: 'Choose one of the list.'});
  /** @type {HTMLInputElement | null} */ (form.querySelector('[name=model]'))?.focus();
}

/** @param {string} model empty where there is none */
function wantedOf(model) {
  const [serial, device, site] = ['serial', 'device', 'site'].map(id =>
    part(id, HTMLInputElement).value.trim(),
  );
  const labels = {...place()?.labels, ...(site ? {site} : {})};
  return {
    ...(model ? {model} : {}),
    ...(serial ? {serial} : {}),
    ...(device ? {device} : {}),
    ...(Object.keys(labels).length > 0 ? {labels} : {}),
  };
}

const place = () => places.find(({selector}) => selector === part('where', HTMLSelectElement).value);

function listModels() {
  const wanted = part('search', HTMLInputElement).value.trim().toLowerCase();
  const only = place()?.model ?? undefined;
  const fitting = models.filter(
    ({name, description}) =>
      (only === undefined || name === only) && `${name}\n${description ?? ''}`.toLowerCase().includes(wanted),
  );
  const rows = fitting.map(({name, description}) => rowOf(name, name, description ?? ''));
  if (wanted === '' && only === undefined)
    rows.push(rowOf('', 'Another kind', 'Or a device that is registered already, by its name.'));
  part('models', HTMLElement).replaceChildren(...rows);
  const radios = [...document.querySelectorAll('[name=model]')].map(
    radio => /** @type {HTMLInputElement} */ (radio),
  );
  const checked = radios.length === 1 ? radios[0] : radios.find(({value}) => value === chosenModel);
  if (checked) checked.checked = true;
  const none = part('models-none', HTMLElement);
  none.hidden = rows.length > 0;
  none.textContent = rows.length > 0 ? '' : 'No kind of device is called like that.';
}

/**
 * @param {string} value
 * @param {string} name
 * @param {string} text
 */
function rowOf(value, name, text) {
  const row = document.createElement('label');
  row.className = 'model';
  const radio = Object.assign(document.createElement('input'), {type: 'radio', name: 'model', value});
  const title = Object.assign(document.createElement('span'), {className: 'model-name', textContent: name});
  const description = Object.assign(document.createElement('span'), {
    className: 'model-text',
    textContent: text,
  });
  row.replaceChildren(radio, title, ...(text === '' ? [] : [description]));
  return row;
}
