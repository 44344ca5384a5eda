/** A step of the walk: one command, and the beginning of its output, which the text has in backticks. */
export interface ShownStep {
  readonly text: string
  readonly command: string
  readonly shows?: string
}

const CHANGE = 'freshet change emit --source hr --subject alice --claim groups'
const GROUP = '--value payments-approvers --wait applied'
const CHECK = 'freshet token check "$TOKEN" --require groups=payments-approvers'

/** The first walk on a development stack, from a granted group to a refusal. README and `freshet dev` show it. */
export const WALK: readonly ShownStep[] = [
  { text: 'HR gives alice a group.', command: `${CHANGE} --op set ${GROUP}` },
  {
    text: 'Alice gets a token.',
    command: 'TOKEN=$(freshet token mint --subject alice --audience payments)',
  },
  {
    text: 'An edge allows a request that needs the group: `allow`.',
    command: CHECK,
    shows: 'allow',
  },
  { text: 'HR takes the group away.', command: `${CHANGE} --op remove ${GROUP}` },
  {
    text: 'The edge refuses the same token with exit code 11: `deny (token.stale`.',
    command: CHECK,
    shows: 'deny (token.stale',
  },
  {
    text: 'The explanation names the change that made the token stale: `STALE: alice lost values of groups`.',
    command: 'freshet token explain "$TOKEN"',
    shows: 'STALE: alice lost values of groups',
  },
  {
    text: 'The console shows the change on its way to each edge.',
    command: 'freshet open live',
  },
]

/** The steps as `freshet dev` prints them. */
export function walkLines(steps: readonly ShownStep[] = WALK): readonly string[] {
  return steps.flatMap(({ text, command }, at) => [`${at + 1}. ${text}`, `   ${command}`])
}
