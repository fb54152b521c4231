using Registry.Transparency;

namespace Registry.Answers;

/// <summary>What checking a file came to; the numbers are exit codes.</summary>
public enum CheckResult { Right = 0, Wrong = 1, CannotTell = 2 }

/// <summary>What was found in a file, in words for people.</summary>
public sealed class CheckReport
{
    /// <summary>Findings beyond which nothing is learned.</summary>
    private const int MaxFindings = 50;

    private readonly List<Text> wrong = [], untold = [], remarks = [], facts = [];

    /// <summary>What contradicts: each alone makes the file worthless, or shows that whoever signed it lied.</summary>
    public IReadOnlyList<Text> Wrong => wrong;
    /// <summary>What would have to be known and is not.</summary>
    public IReadOnlyList<Text> Untold => untold;
    /// <summary>What does not make it wrong, and has to be known.</summary>
    public IReadOnlyList<Text> Remarks => remarks;
    /// <summary>What the file is and was checked for.</summary>
    public IReadOnlyList<Text> Facts => facts;

    /// <summary>The answer, where the file is one and could be read.</summary>
    public Answer? Answer { get; set; }

    /// <summary>Its checkpoint, where its signature is right.</summary>
    public (Checkpoint Checkpoint, Note Note)? Under { get; set; }

    /// <summary>What proves to anybody that the log's key signed two logs; null where nothing does.</summary>
    public Evidence? Fork { get; set; }

    public CheckResult Result => wrong.Count > 0 ? CheckResult.Wrong : untold.Count > 0 ? CheckResult.CannotTell : CheckResult.Right;

    public void IsWrong(Text what) => Add(wrong, what);
    public void IsUntold(Text what) => Add(untold, what);
    public void Remark(Text what) => Add(remarks, what);
    public void Fact(Text what) => Add(facts, what);

    private static void Add(List<Text> list, Text what)
    {
        if (list.Count < MaxFindings) list.Add(what);
    }
}
