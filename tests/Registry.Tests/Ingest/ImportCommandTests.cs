namespace Registry.Tests.Ingest;

/// <summary>The operator's own import, as a process beside the registry that serves.</summary>
public sealed class ImportCommandTests : IDisposable
{
    private const string Header = "证书编号,获证组织名称,认证项目,业务范围,服务等级,颁证日期";
    private readonly RegistryApp app = new();
    private readonly string folder = Directory.CreateTempSubdirectory("registry-import-").FullName;

    public void Dispose()
    {
        app.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string Write(string name, params string[] lines)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, string.Join("\r\n", lines));
        return path;
    }

    private (int Code, string Output) Import(params string[] arguments) =>
        Tool.Try("dotnet", [typeof(Program).Assembly.Location, "import", .. arguments], environment: [("Registry__DataFile", app.DataFile), ("Registry__KeyFile", app.KeyFile)]);

    [Fact]
    public void The_exit_code_tells_what_became_of_the_file_and_the_rejects_can_be_mended()
    {
        var good = Write("good.csv", Header, "C-1,虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01");
        var (code, output) = Import(good, "--body", "CNCA-R-2099-999");
        Assert.Equal(1, code);
        Assert.Contains("not admitted", output);
        Assert.Equal(0, app.Database.Read(db => Registry.Search.ReferenceStore.Coverage(db)).Certificates);

        (code, output) = Import(good, "--body", RegistryApp.Body, "--dry-run");
        Assert.True(code == 0, output);
        Assert.Contains("Dry run", output);
        (code, output) = Import(good, "--body", RegistryApp.Body);
        Assert.True(code == 0, output);
        Assert.Contains("1 rows: 1 recorded, 0 already there, 0 rejected.", output);

        var rejects = Path.Combine(folder, "rejects.csv");
        (code, output) = Import(Write("some.csv", Header + ",备注", "C-1,虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01,", "C-2,虚构乙（演示）有限公司,26,家电售后（演示）,六星,2025-03-01,注"), "--body", RegistryApp.Body);
        Assert.Equal(1, code);
        Assert.Contains("备注", output);
        (code, output) = Import(Path.Combine(folder, "some.csv"), "--body", RegistryApp.Body, "--ignore", "备注", "--rejects", rejects);
        Assert.Equal(2, code);
        Assert.Contains("第 2 行（文件第 3 行）C-2: 服务等级", output);
        var lines = File.ReadAllLines(rejects);
        Assert.Equal(Header + ",备注,原文件行号,退回原因", lines[0].Trim('\uFEFF'));
        Assert.StartsWith("C-2,虚构乙（演示）有限公司,26,家电售后（演示）,六星,2025-03-01,注,3,服务等级：", lines[1]);
        File.WriteAllText(rejects, File.ReadAllText(rejects).Replace(",六星,", ",五星,"));
        (code, output) = Import(rejects, "--body", RegistryApp.Body, "--ignore", "备注");
        Assert.True(code == 0, output);
        Assert.Contains("1 rows: 1 recorded, 0 already there, 0 rejected.", output);
    }

    [Fact]
    public void A_file_may_name_the_body_of_each_row()
    {
        var file = Write("bodies.csv", Header + ",认证机构批准号", $"B-1,虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01,{RegistryApp.Body}", $"B-1,虚构乙（演示）有限公司,26,家电售后（演示）,五星,2025-03-01,{RegistryApp.OtherBody}");
        var (code, output) = Import(file);
        Assert.True(code == 0, output);
        Assert.Contains("2 recorded", output);
        (code, output) = Import(file, "--body", RegistryApp.Body);
        Assert.Equal(2, code);
        Assert.Contains("other-body", output);
        (code, output) = Import(Write("none.csv", Header, "B-2,虚构甲（演示）有限公司,26,家电售后（演示）,五星,2025-03-01"));
        Assert.Equal(2, code);
        Assert.Contains("认证机构批准号", output);
    }

    [Fact]
    public void Help_names_every_heading()
    {
        var (code, output) = Tool.Try("dotnet", [typeof(Program).Assembly.Location, "import", "--help"]);
        Assert.Equal(0, code);
        foreach (var name in (string[])["证书编号", "有效期至", "信用代码", "场所", "撤销日期", "获证组织英文名称", "--rejects", "--ignore"]) Assert.Contains(name, output);
    }
}
