import { describe, expect, it } from 'vitest'
import type { Command } from 'commander'
import { recordingShell } from './recorded/recording-shell.ts'
import { programFor } from './run-command.ts'

/** Every command below this one that does something, by its name. */
function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  const { commands } = command
  if (commands.length === 0) return [[path.join(' '), command]]
  return commands.flatMap((each) => leaves(each, [...path, each.name()]))
}

const all = leaves(programFor(recordingShell()) as unknown as Command)
const options = all.flatMap(([path, command]) =>
  command.options.map((option) => [`${path} ${option.flags}`, option] as const),
)

describe('an option of the command line', () => {
  it.each(options)('%s takes a value where it names one', (flags, option) => {
    const [, word] = /^(?:-\w, )?--[\w-]+ +(\S+)$/.exec(option.flags) ?? []
    expect(flags).toBeTruthy()
    // Without brackets Commander reads a flag, and the value becomes an extra argument.
    if (word !== undefined) expect(word).toMatch(/^(<.+>|\[.+\])$/)
    expect(option.required || option.optional).toBe(word !== undefined)
  })

  it('there are many', () => {
    expect(options.length).toBeGreaterThan(60)
  })
})
