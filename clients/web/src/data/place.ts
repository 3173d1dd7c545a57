// Where the station is. The app lies one step below it (/app/), and the station may lie below a path (/weld/app/).

/** Return the path of the station, with a slash at its end. */
export function stationPath(): string {
  return new URL("..", document.baseURI).pathname;
}

/** Return an address of the station: `v1/models` is one. */
export function addressOf(path: string): string {
  return stationPath() + path;
}
