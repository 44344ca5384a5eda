import { readRegistryDocument, registryDocument, type PolicyVersion } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import type { Logger } from './logger.ts'
import { policyNotes } from './policy-notes.ts'

const versionOf = (version: number): PolicyVersion =>
  readRegistryDocument(
    registryDocument({ version, account: 'hr', sources: {}, claims: {} }, new Map()),
  )

describe('the policy versions that a process reports', () => {
  it('names the one in force, and reports that its file is another', () => {
    const texts: string[] = []
    const print = (_: object, text: string): void => void texts.push(text)
    const notes = policyNotes({ info: print, warn: print } as unknown as Logger, versionOf(1))
    notes.onCurrent(versionOf(1))
    expect(texts).toEqual(['policy version in force'])
    notes.onCurrent(versionOf(2))
    expect(texts.slice(1)).toEqual([
      'policy version in force',
      'FRESHET_REGISTRY holds another version than the active one',
    ])
  })
})
