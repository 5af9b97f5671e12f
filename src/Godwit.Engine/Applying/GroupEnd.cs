namespace Godwit.Engine.Applying;

/// <summary>How one command of a lane ended.</summary>
/// <param name="Items">What it was for; valid until the lane writes again.</param>
/// <param name="AreDone">Whether it has done exactly what it had to.</param>
/// <param name="Refusal">Why it was not carried out; <see langword="null"/> if it was, or was never sent.</param>
internal readonly record struct GroupEnd(List<LaneItem> Items, bool AreDone, Refusal? Refusal = null);

/// <summary>Why a command of a lane was not carried out as it had to be.</summary>
/// <param name="At">The item that was refused; -1 for the whole command.</param>
/// <param name="IsMadeWay">Whether because its unique value is taken; its document is gone then until it is read again (S25).</param>
/// <param name="MayPass">
/// Whether because of what passes by itself: an orphan, which is a document of the same <c>_id</c> that no command through a router meets; or
/// because its collection is being renamed or made anew here, and the listing has not come to its end (S19).
/// </param>
/// <param name="Message">What the destination said.</param>
internal sealed record Refusal(int At, bool IsMadeWay, bool MayPass, string Message);
