import { codeBlocks } from '../docs/code-blocks.ts'
import { readPage } from '../docs/pages.ts'

const { text } = readPage('docs/outbox.md')
const blocks = codeBlocks(text)
const statements = blocks.filter(({ language }) => language === 'sql').map(({ code }) => code)

/** The SQL of the page that prepares the database of an application, without the login. */
export function outboxTables(): string {
  return statements.filter((sql) => !/^(?:DELETE|CREATE ROLE)/.test(sql)).join('\n')
}

/** The SQL of the page that makes the login of connect, with another name and password. */
export function readerLogin(name: string, password: string): string {
  const sql = statements.find((each) => each.startsWith('CREATE ROLE')) ?? ''
  return sql.replaceAll('freshet_reader', name).replace('change-me', password)
}
