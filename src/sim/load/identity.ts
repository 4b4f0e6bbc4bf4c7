/** Who connects: from templates with the client's number, or from a list with one row for each device. */
import {NO_ARGUMENTS, parseTemplate, type TemplatePart, type Vocabulary} from './text-template.js';

/** One device as a list tells of it; what is missing comes from the templates. */
export interface ListedIdentity {
  readonly clientId?: string;
  readonly username?: string;
  readonly password?: string;
  /** PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** Templates. */
export interface IdentityTemplates {
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
}

export type Role = 'conn' | 'pub' | 'sub' | 'req' | 'res';

/** What templates can speak of. */
export interface Identity {
  readonly run: string;
  readonly role: Role;
  /** Its number, from `--start` on. */
  readonly number: number;
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** PEM. */
  readonly certificate: {readonly cert: string; readonly key: string} | undefined;
}

const CLIENT_VARIABLES: Vocabulary = {i: NO_ARGUMENTS, run: NO_ARGUMENTS, role: NO_ARGUMENTS};
const LOGIN_VARIABLES: Vocabulary = {...CLIENT_VARIABLES, client: NO_ARGUMENTS};

export class Identities {
  readonly #run: string;
  readonly #clientId: readonly TemplatePart[];
  readonly #username: readonly TemplatePart[] | undefined;
  readonly #password: readonly TemplatePart[] | undefined;
  readonly #listed: Readonly<Record<number, ListedIdentity>>;

  /** `listed` are those of clients by their index in the run. Throws `IOT_USAGE` for a template that is none. */
  constructor(
    run: string,
    templates: IdentityTemplates,
    listed: Readonly<Record<number, ListedIdentity>> = {},
  ) {
    this.#run = run;
    this.#clientId = parseTemplate(templates.clientId, CLIENT_VARIABLES, '--client-id');
    this.#username = parsed(templates.username, '--username');
    this.#password = parsed(templates.password, '--password');
    this.#listed = listed;
  }

  of(role: Role, number: number, index: number): Identity {
    const listed = this.#listed[index] ?? {};
    const known: Record<string, string> = {i: String(number), run: this.#run, role};
    const clientId = listed.clientId ?? filled(this.#clientId, known);
    known.client = clientId;
    return {
      run: this.#run,
      role,
      number,
      clientId,
      username: listed.username ?? (this.#username && filled(this.#username, known)),
      password: listed.password ?? (this.#password && filled(this.#password, known)),
      certificate: listed.cert && listed.key ? {cert: listed.cert, key: listed.key} : undefined,
    };
  }
}

const parsed = (template: string | undefined, what: string): TemplatePart[] | undefined =>
  template === undefined ? undefined : parseTemplate(template, LOGIN_VARIABLES, what);

const filled = (parts: readonly TemplatePart[], known: Readonly<Record<string, string>>): string =>
  parts.map(part => (typeof part === 'string' ? part : known[part.name]!)).join('');
