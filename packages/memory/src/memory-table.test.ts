import { expect, test } from 'vitest'
import { MemoryTable, type Journal } from './memory-table.ts'

test('the rows that were listed stay as they were, and another list tells every change', () => {
  let journal: Journal | undefined = []
  const table = new MemoryTable<string>(() => journal)
  table.set('a', 'one')
  const before = table.values()
  table.set('b', 'two')
  expect(before).toEqual(['one'])
  expect(table.values()).toEqual(['one', 'two'])
  const restore = table.backup()
  table.delete('a')
  expect(table.values()).toEqual(['two'])
  for (const undo of journal.toReversed()) undo()
  expect(table.values()).toEqual([])
  journal = undefined
  restore()
  expect(table.values()).toEqual(['one', 'two'])
})
