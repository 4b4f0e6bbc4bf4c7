import fc from 'fast-check';
import {expect, it} from 'vitest';
import {TopicTree} from '../../../src/broker/sessions/topic-tree.js';
import {filterMatches, isTopicFilter} from '../../../src/domain/topic.js';

const topic = fc
  .array(fc.constantFrom('a', 'b', '', '$x', '__proto__'), {minLength: 1, maxLength: 5})
  .map(words => words.join('/'))
  .filter(text => text !== '');

const filter = fc
  .array(fc.constantFrom('a', 'b', '', '+', '#', '__proto__'), {minLength: 1, maxLength: 5})
  .map(words => words.join('/'))
  .filter(isTopicFilter);

function treeOf(names: readonly string[]): TopicTree<string> {
  const tree = new TopicTree<string>();
  for (const name of names) tree.set(name, name);
  return tree;
}

it('finds the filters that match a topic', () => {
  fc.assert(
    fc.property(fc.uniqueArray(filter), topic, (filters, name) => {
      const expected = filters.filter(candidate => filterMatches(candidate, name));
      expect(treeOf(filters).matching(name).sort()).toEqual(expected.sort());
    }),
  );
});

it('finds the topics that a filter matches', () => {
  fc.assert(
    fc.property(fc.uniqueArray(topic), filter, (topics, pattern) => {
      const expected = topics.filter(name => filterMatches(pattern, name));
      expect(treeOf(topics).matchedBy(pattern).sort()).toEqual(expected.sort());
    }),
  );
});

it('is empty again when everything has been deleted, in any order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(topic, {minLength: 1}), topic, (topics, other) => {
      const tree = treeOf(topics);
      tree.delete(other);
      for (const name of topics.toReversed()) tree.delete(name);
      expect(tree).toEqual(new TopicTree());
      expect(tree.matchedBy('#')).toEqual([]);
    }),
  );
});

it('does not match topics that begin with $ by wildcards at the beginning', () => {
  const tree = treeOf(['$SYS/broker', 'a']);
  expect(tree.matchedBy('#')).toEqual(['a']);
  expect(tree.matchedBy('+/broker')).toEqual([]);
  expect(tree.matchedBy('$SYS/#')).toEqual(['$SYS/broker']);
  expect(treeOf(['#', '+/broker', '$SYS/#']).matching('$SYS/broker')).toEqual(['$SYS/#']);
});
