import { lintRegistryFile } from '@freshet/registry'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { codeIn } from './code-blocks.ts'
import { readPage } from './pages.ts'

describe('the file of docs/model.md', () => {
  const file = codeIn(readPage('docs/model.md').text, 'yaml')

  it('has no finding', () => {
    expect(lintRegistryFile(parse(file)).findings).toEqual([])
  })

  it.each([
    ['source.unknown', 'source: iga', 'source: nobody'],
    ['ttl.above-maximum', 'ttl: 15m', 'ttl: 20m'],
    ['audience.unused-claim', ', tier: [approver]', ''],
  ])('control: %s is found', (code, part, by) => {
    const { findings } = lintRegistryFile(parse(file.replace(part, by)))
    expect(findings.map((finding) => finding.code)).toContain(code)
  })
})
