import { describe, expect, it } from 'vitest'
import { EXAMPLES, verbsOf } from './examples.ts'
import { recordingShell } from './recording-shell.ts'
import { programFor } from './run-command.ts'

const verbs = verbsOf(programFor(recordingShell()))

/** The options that a line gives to this verb, whatever stands around it. */
const optionsIn = (line: string, words: string): readonly string[] => {
  const [, own = ''] = line.split(`freshet ${words}`)
  const [before = ''] = own.split(/ \| |\)/)
  return [...before.matchAll(/ (--?[a-z][\w-]*)/g)].map(([, option = '']) => option)
}

describe('help', () => {
  it('has examples for every verb that there is, and for no other', () => {
    expect(Object.keys(EXAMPLES).toSorted()).toEqual(verbs.map(({ words }) => words).toSorted())
  })

  it.each(verbs.map(({ words, command }) => [words, command] as const))(
    'of %s shows examples of itself, with options that it has',
    (words, command) => {
      const known = command.options.flatMap(({ short, long }) => [short, long])
      for (const line of EXAMPLES[words] ?? []) {
        expect(line).toContain(`freshet ${words}`)
        expect(optionsIn(line, words).filter((option) => !known.includes(option))).toEqual([])
      }
    },
  )

  it.each(verbs.map(({ words, command }) => [words, command] as const))(
    'of %s names a format, where it has data',
    (words, command) => {
      // They run a story; there is nothing to parse.
      if (words === 'dev' || words === 'demo') return
      expect(command.options.map(({ long }) => long)).toContain('--output')
    },
  )

  it('control: an option that a verb has not is found', () => {
    const line = 'X=1 freshet edge ls --all -o json | jq --raw .'
    expect(optionsIn(line, 'edge ls')).toEqual(['--all', '-o'])
  })
})
