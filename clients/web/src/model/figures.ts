// Numbers in words as Python writes them, so that phone and station give a person the same sentence.

/** Return a number with so many digits behind the point, what lies halfway to the even one: 0.125 as 0.12. */
export function fixed(value: number, digits: number): string {
  // Only odd multiples of this power of two lie halfway; `toFixed` would take the larger one.
  if (Math.abs(value * 2 ** (digits + 1)) % 2 !== 1) return value.toFixed(digits);
  const below = Math.floor(value * 10 ** digits);
  return ((below % 2 ? below + 1 : below) / 10 ** digits).toFixed(digits);
}

/** Return a number with at most six digits that count: 10, 0.333333, 1e+06. */
export function general(value: number): string {
  const [digits, exponent] = value.toExponential(5).split("e") as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(value.toPrecision(6)));
  return `${Number(digits)}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
