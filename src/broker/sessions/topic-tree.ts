/**
 * Values by topic level, to find filters that match a topic and topics that a filter matches (MQTT 3.1.1, 4.7).
 * Empty levels count, and wildcards at the beginning do not match topics that begin with `$`.
 */

interface Node<V> {
  readonly children: Map<string, Node<V>>;
  value: V | undefined;
}

const emptyNode = <V>(): Node<V> => ({children: new Map(), value: undefined});

export class TopicTree<V> {
  readonly #root: Node<V> = emptyNode();

  get(topic: string): V | undefined {
    let node: Node<V> | undefined = this.#root;
    for (const word of topic.split('/')) {
      node = node.children.get(word);
      if (node === undefined) return undefined;
    }
    return node.value;
  }

  set(topic: string, value: V): void {
    let node = this.#root;
    for (const word of topic.split('/')) {
      let child = node.children.get(word);
      if (child === undefined) {
        child = emptyNode();
        node.children.set(word, child);
      }
      node = child;
    }
    node.value = value;
  }

  delete(topic: string): void {
    const path = [this.#root];
    const words = topic.split('/');
    for (const word of words) {
      const child = path.at(-1)!.children.get(word);
      if (child === undefined) return;
      path.push(child);
    }
    path.at(-1)!.value = undefined;
    for (let depth = words.length; depth > 0; depth--) {
      const node = path[depth]!;
      if (node.value !== undefined || node.children.size > 0) return;
      path[depth - 1]!.children.delete(words[depth - 1]!);
    }
  }

  /** The values of the filters that match this topic. */
  matching(topic: string): V[] {
    const found: V[] = [];
    collectMatching(this.#root, topic.split('/'), 0, found);
    return found;
  }

  /** The values of the topics that this filter matches. */
  matchedBy(filter: string): V[] {
    const found: V[] = [];
    collectMatched(this.#root, filter.split('/'), 0, found);
    return found;
  }
}

const isHidden = (word: string | undefined, index: number): boolean =>
  index === 0 && word?.startsWith('$') === true;

function collectMatching<V>(node: Node<V>, words: readonly string[], index: number, found: V[]): void {
  const word = words[index];
  const wild = !isHidden(word, index);
  const rest = wild ? node.children.get('#')?.value : undefined;
  if (rest !== undefined) found.push(rest);
  if (word === undefined) {
    if (node.value !== undefined) found.push(node.value);
    return;
  }
  const exact = node.children.get(word);
  if (exact !== undefined) collectMatching(exact, words, index + 1, found);
  const any = wild ? node.children.get('+') : undefined;
  if (any !== undefined) collectMatching(any, words, index + 1, found);
}

function collectMatched<V>(node: Node<V>, words: readonly string[], index: number, found: V[]): void {
  const word = words[index];
  if (word === undefined) {
    if (node.value !== undefined) found.push(node.value);
  } else if (word === '#') {
    collectAll(node, index === 0, found);
  } else if (word === '+') {
    for (const [name, child] of node.children)
      if (!isHidden(name, index)) collectMatched(child, words, index + 1, found);
  } else {
    const exact = node.children.get(word);
    if (exact !== undefined) collectMatched(exact, words, index + 1, found);
  }
}

function collectAll<V>(node: Node<V>, isRoot: boolean, found: V[]): void {
  if (node.value !== undefined) found.push(node.value);
  for (const [name, child] of node.children)
    if (!(isRoot && name.startsWith('$'))) collectAll(child, false, found);
}
