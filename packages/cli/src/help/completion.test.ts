import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { recordingShell } from '../recording-shell.ts'
import { programFor } from '../run-command.ts'
import { COMPLETED_SHELLS, completionScript, type CompletedShell } from './completion-script.ts'
import { completionPlaces } from './completion-tree.ts'

const places = completionPlaces(programFor(recordingShell()))

async function runs(shell: CompletedShell): Promise<boolean> {
  return promisify(execFile)(shell, ['-c', 'exit 0']).then(
    () => true,
    () => false,
  )
}

/** The candidates of bash for the last of these arguments. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const list = ['freshet', ...words].map((word) => `'${word}'`).join(' ')
  const script = `${completionScript('bash', places)}
COMP_WORDS=(${list}); COMP_CWORD=${words.length}; _freshet; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script])
  return stdout.split('\n').filter(Boolean)
}

describe('the completion of a shell', () => {
  it('offers the commands, and the verbs of a group', async () => {
    expect(await offered('')).toEqual(expect.arrayContaining(['dev', 'status', 'change', 'help']))
    expect(await offered('change', '')).toEqual(expect.arrayContaining(['emit', 'explain']))
    expect(await offered('change', 'ex')).toEqual(['explain'])
  })

  it('offers the options of a verb, and the values of an argument', async () => {
    expect(await offered('change', 'emit', '--so')).toEqual(['--source'])
    expect(await offered('cut-off', 'cl')).toEqual(['client'])
  })

  it('offers the formats of the output', async () => {
    expect(await offered('edge', 'ls', '-o', 'json')).toEqual(['json', 'jsonl'])
  })

  it('takes no value of an option for a command', async () => {
    expect(await offered('token', 'mint', '--subject', 'change', 'em')).toEqual([])
  })

  it.each(COMPLETED_SHELLS)('for %s names every command and every option', (shell) => {
    const script = completionScript(shell, places)
    const words = places.flatMap(({ candidates }) => candidates.map(({ word }) => word))
    const named = (word: string): boolean => script.includes(word.replace(/^--/, ''))
    expect(words.length).toBeGreaterThan(200)
    expect(words.filter((word) => !named(word))).toEqual([])
  })

  it.each(COMPLETED_SHELLS)('for %s is read by that shell without a complaint', async (shell) => {
    if (!(await runs(shell))) return
    const run = promisify(execFile)(shell, ['-n', '-c', completionScript(shell, places)])
    await expect(run).resolves.toMatchObject({ stderr: '' })
  })
})
