import { dpop, mtls, type MtlsOptions, type ProofOfPossession } from '@freshet/edge'

/** The sidecar's configuration for verifying that the sender of a bound token holds its key. */
export interface ProofConfig {
  readonly proof?: readonly ('dpop' | 'mtls')[] | undefined
  readonly proofUrls?: readonly string[] | undefined
  readonly proofNonceSecret?: string | undefined
  readonly certificateHeader?: string | undefined
  readonly certificateForm?: MtlsOptions['form'] | undefined
  readonly certificateFrom?: readonly string[] | undefined
}

/** Returns which variables do not fit together. */
export function proofProblem(config: ProofConfig): string | undefined {
  const { proof = [], certificateHeader, certificateForm, certificateFrom } = config
  const certificate = [certificateHeader, certificateForm, certificateFrom]
  const named = certificate.filter((each) => each !== undefined).length
  if (proof.includes('dpop') !== (config.proofUrls !== undefined))
    return 'FRESHET_PROOF, FRESHET_PROOF_URLS: set the URLs with dpop, and only with it'
  if (config.proofNonceSecret !== undefined && !proof.includes('dpop'))
    return 'FRESHET_PROOF_NONCE_SECRET: set it only with FRESHET_PROOF=dpop'
  if (named > 0 && (named < certificate.length || !proof.includes('mtls')))
    return 'FRESHET_PROOF_CERT_HEADER, _FORM, _FROM: set all three with FRESHET_PROOF=mtls, or none'
  return undefined
}

/** The hooks for the option `proof` of the edge. @throws `config.invalid` */
export function proofHooks(config: ProofConfig): readonly ProofOfPossession[] {
  const { proofUrls: urls = [], proofNonceSecret: nonce } = config
  const nonceSecret = nonce === undefined ? {} : { nonceSecret: Buffer.from(nonce) }
  return [...new Set(config.proof)].map((method) =>
    method === 'dpop' ? dpop({ urls, ...nonceSecret }) : mtls(certificateOf(config)),
  )
}

function certificateOf(config: ProofConfig): MtlsOptions {
  const { certificateHeader: header, certificateForm: form, certificateFrom: from } = config
  if (header === undefined || form === undefined || from === undefined) return {}
  return { header, form, from }
}
