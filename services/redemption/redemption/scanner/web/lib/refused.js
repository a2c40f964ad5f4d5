// Something signed that does not count; `code` says why, in the words of the Python reference.

export class Refused extends Error {
  constructor(code) {
    super(code);
    this.name = "Refused";
    this.code = code;
  }
}

// Runs what hostile bytes can break in more ways than can be listed: all of them are one refusal.
export function orRefuse(code, read) {
  try {
    return read();
  } catch {
    throw new Refused(code);
  }
}
