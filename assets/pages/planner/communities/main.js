// 社区析置: part of a community becomes one of its own, or goes to a neighbour. Land is chosen on the
// plan in force (land.js); the server says what that means before it is done (form.js, confirm.js).
import { panel } from './form.js';
import { begin, shown } from './land.js';
import { record } from './record.js';
import { problem } from '../panels/notices.js';
import { within } from '../../../shared/elements.js';

async function open() {
  if (!(await begin())) return;
  panel();
  shown();
}

document.addEventListener('click', (e) => {
  if (within(e, '#planner-territory-open')) open().catch(problem);
  if (within(e, '#planner-territory-record')) record().catch(problem);
});
