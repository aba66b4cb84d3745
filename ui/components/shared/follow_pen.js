// What follows the pen shows the browser's answer while the pen is down, and then the server's answer to the same drawing.
// `nn-lab-live-answer` carries { key, answer } while the pen is down, and { key, drawing } once the server has read that drawing.

const LIVE_ANSWER = "nn-lab-live-answer";
const followers = new WeakMap(); // by the root of the component

// Call it with all new data of the component. drawServer(data) and drawLive(answer, data) draw into it.
function followPen(root, data, drawServer, drawLive) {
  const follower = followers.get(root) ?? { root, isLive: false, drawn: undefined };
  followers.set(root, follower);
  Object.assign(follower, { data, drawServer, drawLive });
  follower.listen ??= ({ detail }) => hear(follower, detail);
  if (data.key) document.addEventListener(LIVE_ANSWER, follower.listen); // once, however often it is called
  if (!follower.isLive || follower.drawn === data.drawing) showServer(follower);
}

function hear(follower, { key, answer, drawing }) {
  if (!follower.root.isConnected) document.removeEventListener(LIVE_ANSWER, follower.listen);
  else if (key !== follower.data.key) return;
  else if (answer) {
    Object.assign(follower, { isLive: true, drawn: undefined });
    follower.drawLive(answer, follower.data);
  } else if (follower.isLive) {
    follower.drawn = drawing;
    if (drawing === follower.data.drawing) showServer(follower); // else its data are still to come
  }
}

function showServer(follower) {
  follower.isLive = false;
  follower.drawServer(follower.data);
}
