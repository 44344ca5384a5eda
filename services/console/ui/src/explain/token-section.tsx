import type { TokenView as Token } from '@freshet/insight/answers'
import type { JSX } from 'preact'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/answered.tsx'
import { TokenView } from './token-view.tsx'

const AGAIN_MS = 5_000

/** A token by its id. */
export function TokenSection({ jti }: { readonly jti: string }): JSX.Element {
  const answer = useAnswer<Token>(`/v1/tokens/${encodeURIComponent(jti)}`, AGAIN_MS)
  return (
    <Answered answer={answer} what="the token">
      {(token) => <TokenView token={token} />}
    </Answered>
  )
}
