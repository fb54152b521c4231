using Registry.Verification;

namespace Registry.Answers;

/// <summary>What a line means for whoever relies on the file.</summary>
public enum CheckWeight { Told, Remark, Untold, Wrong }

/// <summary>A line of what checking a file came to.</summary>
/// <param name="Weight">What it means.</param>
/// <param name="Label">What it is about.</param>
/// <param name="Said">What was found.</param>
public sealed record CheckLine(CheckWeight Weight, Text Label, Text Said);

/// <summary>What checking a file says, line by line: the same on the command line, on the page, and on the page that works alone.</summary>
public static class CheckWording
{
    private static readonly Text answer = new("答复", "answer"), log = new("日志", "log"), rows = new("行", "rows"), told = new("核对", "checked"),
        remark = new("说明", "NOTE"), untold = new("无法判断", "CANNOT TELL"), wrong = new("错误", "WRONG");

    /// <summary>All in one word or two, for whoever reads no further.</summary>
    public static Text Of(CheckResult result) => result switch
    {
        CheckResult.Right => new("正确。", "Right."),
        CheckResult.Wrong => new("错误：不要依据它。", "Wrong: do not rely on it."),
        CheckResult.CannotTell => new("无法判断。", "Cannot tell."),
    };

    /// <summary>The same for whoever does not know what is meant by it.</summary>
    public static Text Meaning(CheckResult result) => result switch
    {
        CheckResult.Right => new(
            "文件完好，所说的都由签名的声明推出；它说了什么，见下。",
            "The file is whole, and what it says follows from what was signed; what it says stands below."),
        CheckResult.Wrong => new("文件被改动过，或者签署它的人说了假话。", "The file was changed, or whoever signed it did not tell the truth."),
        CheckResult.CannotTell => new(
            "缺少判断所需的东西：既不说明对，也不说明错。",
            "Something needed to tell is missing: it is shown neither right nor wrong."),
    };

    /// <summary>Every line, what weighs most last.</summary>
    public static IEnumerable<CheckLine> Lines(CheckReport report)
    {
        var head = report.Answer is { } given ? Head(given) : [];
        return head.Concat(Of(CheckWeight.Told, told, report.Facts)).Concat(Of(CheckWeight.Remark, remark, report.Remarks))
            .Concat(Of(CheckWeight.Untold, untold, report.Untold)).Concat(Of(CheckWeight.Wrong, wrong, report.Wrong));
    }

    private static IEnumerable<CheckLine> Of(CheckWeight weight, Text label, IEnumerable<Text> texts) =>
        texts.Select(text => new CheckLine(weight, label, text));

    private static IEnumerable<CheckLine> Head(Answer given)
    {
        var (on, at) = ($"{given.Question.On:yyyy-MM-dd}", Checker.At(given.AnsweredAt));
        var until = given.Question.Until() is { } known
            ? new Text($"，只按到 {Checker.At(known)} 为止的登记", $", as recorded until {Checker.At(known)}") : new Text("", "");
        var counted = given.Rows.CountBy(row => row.Result).OrderBy(one => one.Key).ToList();
        var counts = new Text(string.Join("，", counted.Select(one => $"{one.Key.Name().Zh} {one.Value}")),
            string.Join(", ", counted.Select(one => $"{one.Value} {one.Key.Word()}")));
        CheckLine Line(Text label, Text said) => new(CheckWeight.Told, label, said);
        yield return Line(answer, new($"{given.Id}，作答于 {at}，按 {on} 当日{until.Zh}", $"{given.Id}, given {at}, as of {on}{until.En}"));
        yield return Line(log, new($"{given.Log.Origin}，{given.Log.Size} 条，根哈希 {given.Log.Root}",
            $"{given.Log.Origin}, {given.Log.Size} entries, root {given.Log.Root}"));
        yield return Line(rows, counts);
    }
}
