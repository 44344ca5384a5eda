import type { Passage } from './passage.ts'
import type { Token } from './source-tokens.ts'

/** A string with fewer parts between blanks is a name, a flag or a code. */
const WORDS_MIN = 2

/** The purpose of a string. */
export type MessageKind = 'help' | 'errors' | 'logs' | 'metrics'

/** Calls whose strings people read. */
const CALLS: Readonly<Partial<Record<MessageKind, RegExp>>> = {
  help: /^(?:description|summary|option|requiredOption|argument|Option|Argument|addHelpText)$/,
  errors: /^\w*(?:Error|Problem)$/,
  logs: /^(?:trace|debug|info|warn|error|fatal)$/,
}

/** Constants whose strings people read, because such a call takes them. */
const CONSTANTS: Readonly<Partial<Record<MessageKind, RegExp>>> = { help: /HELP$/ }

/** Members whose strings people read. */
const MEMBERS: Readonly<Partial<Record<MessageKind, RegExp>>> = {
  errors: /^(?:what|normal|remedy|rule|next)$/,
  metrics: /^(?:help|summary)$/,
}

/** The strings of one kind among these tokens: arguments of calls, and values of members of a record. */
export function messagesOf(tokens: readonly Token[], kind: MessageKind): readonly Passage[] {
  const [call, constant, member] = [CALLS[kind], CONSTANTS[kind], MEMBERS[kind]]
  return tokens.flatMap((token, at) => {
    if (token.kind !== 'word') return []
    const [next, value] = [tokens[at + 1], tokens[at + 2]]
    if (call?.test(token.text) === true && isMark(next, '(')) return argumentsFrom(tokens, at + 2)
    const isConstant = constant?.test(token.text) === true && isMark(next, '=')
    const isMember = member?.test(token.text) === true && isMark(next, ':')
    return (isConstant || isMember) && value?.kind === 'string' ? passagesOf([value]) : []
  })
}

const TEST = /^(?:it|test|describe)$/

/** The titles of tests: the first argument of the last call of `it(…)` or of `describe.each(…)(…)`. */
export function titlesOf(tokens: readonly Token[]): readonly Passage[] {
  return tokens.flatMap((token, at) => {
    const isTest = token.kind === 'word' && TEST.test(token.text) && !isMark(tokens[at - 1], '.')
    return isTest ? passagesOf(titleFrom(tokens, at + 1)) : []
  })
}

function titleFrom(tokens: readonly Token[], begin: number): readonly Token[] {
  let at = begin
  while (isMark(tokens[at], '.')) at += 2
  if (isMark(tokens[at], '<')) while (!isMark(tokens[at], '(')) at += 1
  if (!isMark(tokens[at], '(')) return []
  const title = tokens[at + 1]
  return title?.kind === 'string' ? [title] : titleFrom(tokens, endOfCall(tokens, at))
}

/** Returns the place behind the bracket that closes a call. */
function endOfCall(tokens: readonly Token[], begin: number): number {
  let depth = 0
  for (let at = begin; at < tokens.length; at += 1) {
    const token = tokens[at]
    if (token?.kind === 'mark' && '([{'.includes(token.text)) depth += 1
    if (token?.kind === 'mark' && ')]}'.includes(token.text)) depth -= 1
    if (depth === 0) return at + 1
  }
  return tokens.length
}

/** The strings that are arguments themselves, from behind the opening bracket of a call. */
function argumentsFrom(tokens: readonly Token[], begin: number): readonly Passage[] {
  const strings: Token[] = []
  let depth = 1
  for (let at = begin; at < tokens.length && depth > 0; at += 1) {
    const token = tokens[at]
    if (token?.kind === 'mark' && '([{'.includes(token.text)) depth += 1
    if (token?.kind === 'mark' && ')]}'.includes(token.text)) depth -= 1
    if (token?.kind === 'string' && depth === 1) strings.push(token)
  }
  return passagesOf(strings)
}

function passagesOf(strings: readonly Token[]): readonly Passage[] {
  return strings
    .filter(({ text }) => !/^[-<]/.test(text) && text.split(/\s+/).length >= WORDS_MIN)
    .map(({ text, line }) => ({ line, text: text.replaceAll('\n', ' ') }))
}

function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text
}
