// Why a call failed. `code` is the server's UPPER_SNAKE code of the problem+json, or one of the two of our
// own: NETWORK (no answer at all) and BAD_ANSWER (an answer that is not of the contract).
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: readonly FieldProblem[];
  // Seconds that the server asks us to wait; 0 if it doesn't say.
  readonly retryAfter: number;
  // With DAILY_TIME_USED_UP: when the viewer's next day begins, RFC 3339; else ''.
  readonly resetTime: string;
  // With AGE_RESTRICTED: from which age on, years; else ''.
  readonly ageRating: string;

  constructor(
    code: string,
    status: number,
    detail: string,
    fields: readonly FieldProblem[] = [],
    retryAfter = 0,
    resetTime = '',
    ageRating = '',
  ) {
    super(detail || code);
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.fields = fields;
    this.retryAfter = retryAfter;
    this.resetTime = resetTime;
    this.ageRating = ageRating;
  }
}

export interface FieldProblem {
  field: string;
  message: string;
}

export const NETWORK = 'NETWORK';
export const BAD_ANSWER = 'BAD_ANSWER';

// Reads the problem+json of an unsuccessful response; any body gives a Problem.
export async function problemOf(response: Response): Promise<Problem> {
  const retryAfter = Number(response.headers.get('retry-after') ?? 0) || 0;
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    return new Problem(`HTTP_${response.status}`, response.status, response.statusText, [], retryAfter);
  }
  const record = asRecord(body);
  const code = text(record['code']) || `HTTP_${response.status}`;
  const detail = text(record['detail']) || text(record['title']);
  const fields = fieldProblems(record['errors']);
  const { reset_time, age_rating } = record;
  return new Problem(code, response.status, detail, fields, retryAfter, text(reset_time), text(age_rating));
}

// Whatever was thrown, as a Problem.
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem(NETWORK, 0, thrown instanceof Error ? thrown.message : String(thrown));
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.map((entry) => {
    const record = asRecord(entry);
    const field = text(record['field']) || text(record['pointer']) || text(record['name']);
    return { field, message: text(record['message']) || text(record['detail']) };
  });
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
