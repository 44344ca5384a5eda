import { describe, expect, it } from 'vitest'
import { recordingShell } from '../../packages/cli/src/recording-shell.ts'
import { runCommand } from '../../packages/cli/src/run-command.ts'
import { allPages } from './pages.ts'

const quoted = /`(?:npx )?freshet ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)/g
const inBlock = /^ *(?:\$ )?(?:npx )?freshet ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)*)/gm

/** Returns the verbs that a text names: `freshet a b`, in backticks or as a line of a block. */
function commandsIn(text: string): readonly string[] {
  const blocks = [...text.matchAll(/```[\s\S]*?```/g)].map(([block]) => block).join('\n')
  const outside = text.replaceAll(/```[\s\S]*?```/g, '')
  const found = [...outside.matchAll(quoted), ...blocks.matchAll(inBlock)]
  return [...new Set(found.map(([, words = '']) => words))]
}

/** Returns whether `freshet` has such a verb: an unknown one is a usage error if its help is requested. */
async function exists(words: string): Promise<boolean> {
  // Arguments can follow a verb, so the verb is the longest known beginning.
  const [noun = '', verb] = words.split(' ')
  const shell = recordingShell()
  if ((await runCommand([noun, '--help'], shell)) !== 0) return false
  const help = shell.written().out
  if (!help.includes(`Usage: freshet ${noun}`)) return false
  const hasVerbs = /^Commands:/m.test(help)
  return !hasVerbs || verb === undefined || new RegExp(`^  ${verb}\\b`, 'm').test(help)
}

const commands = allPages().flatMap(({ path, text }) =>
  commandsIn(text).map((words) => [words, path] as const),
)

describe('pages name commands that exist', () => {
  it.each(commands)('freshet %s, in %s', async (words) => {
    expect(await exists(words)).toBe(true)
  })

  it('control: they are found, and one that does not exist would be refused', async () => {
    expect(commandsIn('Run `freshet edge ls`.\n```\n$ freshet token mint --x\n```\n')).toEqual([
      'edge ls',
      'token mint',
    ])
    expect(await exists('edge ls')).toBe(true)
    expect(await exists('edge frobnicate')).toBe(false)
    expect(await exists('frobnicate')).toBe(false)
  })
})
