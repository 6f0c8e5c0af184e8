import { Failure } from '../base/failure.js';

/**
 * The messages between TPS and its client: `s=LEN&msg_type=N&key=value…`, where LEN counts the bytes after its `&`.
 * Odd pairs are the server's requests, the others the client's; both directions can be encoded and decoded.
 */
export type TpsMessage =
  | {
      readonly type: 'begin-op';
      readonly operation: number;
      /** In the order of sending; names and values without `&` and `=`. */
      readonly extensions: ReadonlyMap<string, string>;
    }
  | { readonly type: 'login-request'; readonly invalid: boolean; readonly blocked: boolean }
  | { readonly type: 'login-response'; readonly screenName: string; readonly password: string }
  | { readonly type: 'securid-request'; readonly pinRequired: boolean; readonly nextValue: boolean }
  /** An empty `pin` is not sent. */
  | { readonly type: 'securid-response'; readonly value: string; readonly pin: string }
  | { readonly type: 'question-request'; readonly question: string }
  | { readonly type: 'question-response'; readonly answer: string }
  | { readonly type: 'pdu-request'; readonly pdu: Uint8Array }
  /** Data, then SW1 SW2. */
  | { readonly type: 'pdu-response'; readonly pdu: Uint8Array }
  /** Characters. */
  | { readonly type: 'new-pin-request'; readonly minimum: number; readonly maximum: number }
  /** Travels raw: see isUsableInPin. */
  | { readonly type: 'new-pin-response'; readonly pin: string }
  | {
      readonly type: 'end-op';
      readonly operation: number;
      /** 0 is success. */
      readonly result: number;
      /** See endOpName. */
      readonly message: number;
    }
  /** `state` is a percentage; `task` names what comes next, such as PROGRESS_DONE. */
  | { readonly type: 'status-request'; readonly state: number; readonly task: string }
  | { readonly type: 'status-response'; readonly state: number }
  | {
      readonly type: 'extended-login-request';
      readonly invalid: boolean;
      readonly blocked: boolean;
      readonly title: string;
      readonly description: string;
      readonly parameters: readonly LoginParameter[];
    }
  /** By the parameter's id. */
  | { readonly type: 'extended-login-response'; readonly answers: ReadonlyMap<string, string> };

export interface LoginParameter {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** `string`, `password` or `integer`, or what a later server says. */
  readonly kind: string;
  /** A comma list, normally empty. */
  readonly option: string;
}

export type MessageType = TpsMessage['type'];
export type MessageOf<T extends MessageType> = Extract<TpsMessage, { readonly type: T }>;

/** `msg_type`. */
export const messageNumbers: Readonly<Record<MessageType, number>> = {
  'begin-op': 2,
  'login-request': 3,
  'login-response': 4,
  'securid-request': 5,
  'securid-response': 6,
  'question-request': 7,
  'question-response': 8,
  'pdu-request': 9,
  'pdu-response': 10,
  'new-pin-request': 11,
  'new-pin-response': 12,
  'end-op': 13,
  'status-request': 14,
  'status-response': 15,
  'extended-login-request': 16,
  'extended-login-response': 17,
};

/** What breaks the rules of the conversation. */
export function violation(detail: string): Failure {
  return new Failure('protocol-violation', detail);
}
