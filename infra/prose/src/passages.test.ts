import { describe, expect, it } from 'vitest'
import { passagesOfComments } from './comments.ts'
import { messagesOf, titlesOf } from './messages.ts'
import { passagesIn } from './passage.ts'
import { sentencesIn } from './sentences.ts'
import { tokensIn } from './source-tokens.ts'

describe('passages of a page', () => {
  const read = (text: string): readonly string[] =>
    passagesIn(text.split('\n'), 1).map((passage) => `${passage.line} ${passage.text}`)

  it('are paragraphs, items and cells; headings, fences, drawings and heads of tables are none', () => {
    const page = [
      '# Of titles',
      'One',
      'two.',
      '- an item',
      '  that goes on',
      '```sh',
      'Who runs this?',
      '```',
      '| who | what |',
      '| --- | --- |',
      '| an edge | applies |',
      ' a ──▶ b',
      '> A quotation.',
    ]
    expect(read(page.join('\n'))).toEqual([
      '2 One\ntwo.',
      '4 an item\n  that goes on',
      '11 an edge',
      '11 applies',
      '13 A quotation.',
    ])
  })
})

describe('passages of comments', () => {
  const read = (source: string): readonly string[] =>
    passagesOfComments(tokensIn(source)).map((passage) => `${passage.line} ${passage.text}`)

  it('have no stars, and line comments that follow each other are one', () => {
    expect(read('/**\n * One\n * two.\n */\nf() // three\n// four\n\n// five')).toEqual([
      '2 One\ntwo.',
      '5 three\nfour',
      '8 five',
    ])
  })

  it('leave out orders to tools and what a tag begins', () => {
    expect(
      read('// oxlint-disable-next-line no-console\n/** Reads.\n * @throws where it is. */'),
    ).toEqual(['2 Reads.'])
  })
})

describe('texts that the product shows', () => {
  const read = (source: string, kind: Parameters<typeof messagesOf>[1]): readonly string[] =>
    messagesOf(tokensIn(source), kind).map(({ text }) => text)

  it('are help of commands: not flags, defaults or texts of calls inside', () => {
    const source = `c.description('shows an edge').option('--id <id>', f('no no'), 'id of the edge', 'table')`
    expect(read(source, 'help')).toEqual(['shows an edge', 'id of the edge'])
  })

  it('are help in a constant that a command takes', () => {
    const source = 'const LOAD_HELP = `\nOne line.\nAnother.\n`\nconst OTHER = `no no`'
    expect(read(source, 'help')).toEqual([' One line. Another. '])
  })

  it('are messages and records of errors', () => {
    const source =
      "throw new FreshetError('a.b', `No key ${kid}.`)\nconst e = { what: 'It failed so.' }"
    expect(read(source, 'errors')).toEqual(['No key `x`.', 'It failed so.'])
  })

  it('are lines of the log and help of metrics', () => {
    expect(read(`log.warn({ id }, 'it stops here')`, 'logs')).toEqual(['it stops here'])
    expect(read(`{ name: 'a b', help: 'Edges by state.' }`, 'metrics')).toEqual(['Edges by state.'])
  })
})

describe('sentences of a passage', () => {
  const read = (text: string): readonly string[] =>
    sentencesIn({ line: 7, text }).map(({ line, prose }) => `${line} ${prose}`)

  it('end at a stop before a capital, a number or code, and know their lines', () => {
    expect(read('One.\nTwo is 3.5 s, e.g. In spring. `a` is\nthree')).toEqual([
      '7 One.',
      '8 Two is 3.5 s, e.g. In spring.',
      '8 CODE is three',
    ])
  })

  it('have no code, quotation or address in them', () => {
    expect(read('An edge says `who told`, “nobody” and [a page](docs/told.md).')).toEqual([
      '7 An edge says CODE, QUOTE and a page .',
    ])
  })
})

describe('titles of tests', () => {
  it('are the first arguments of the last call of it, test and describe', () => {
    const source = `
      describe.runIf(canRun)('a gateway', () => {
        it('sends a change', () => expect('another text').toBe('a text'))
        test.each<[string, number]>([['one case', 1]])('sends %s twice', () => {})
        other.it('is another call', () => {})
      })`
    const titles = titlesOf(tokensIn(source)).map(({ line, text }) => `${line} ${text}`)
    expect(titles).toEqual(['2 a gateway', '3 sends a change', '4 sends %s twice'])
  })
})
