// Why there is nothing to see, and what to do.

import { Problem } from "../pieces";
import { troubleOf } from "./words";

export function TroubleBox({ error, again }: { error: unknown; again?: () => void }) {
  const { title, text, help } = troubleOf(error);
  return (
    <Problem title={title} text={text}>
      <div class="buttons">
        {help === "pair" && <a class="button" href="#/station">Pair this device</a>}
        {help === "again" && again && <button type="button" class="button" onClick={again}>Try again</button>}
      </div>
    </Problem>
  );
}
